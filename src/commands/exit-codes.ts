/** As the help and the manual page have them. */
export const EXIT_CODES_TEXT = `Exit codes: 0 done, and valid or accepted by --on-invalid; 1 a fault of ours; 2 usage; 3 bad input;
4 invalid rows; 5 output or I/O; 6 another run holds this output; 129, 130, 143 interrupted (resumable)`;
