/**
 * Every error that a user can meet, by its stable code. Match `code`, not the message or the class.
 * The value is the exit code of the command line (see `docs/cli.md`).
 */
export const EXIT_CODES = {
  INTERNAL: 1,
  OUT_OF_MEMORY: 1,
  WORKER_DIED: 1,
  /** A file of the program is not as it was built. */
  DAMAGED_INSTALLATION: 1,
  /** The call cannot work with this input; another call can. */
  USAGE: 2,
  UNKNOWN_COLUMN: 2,
  AMBIGUOUS_COLUMNS: 2,
  INTEGER_LOGITS: 2,
  MIXED_DTYPES: 2,
  DIM_OUT_OF_RANGE: 2,
  NAME_CLASH: 2,
  OUTPUT_IS_INPUT: 2,
  /** Two things would be written to one file. */
  PATH_CLASH: 2,
  UNSUPPORTED_OPTION: 2,
  UNSUPPORTED_COLUMN: 2,
  MEMORY_TOO_SMALL: 2,
  /** The input is an output of ours. */
  OWN_OUTPUT: 2,
  INPUT_MISSING: 3,
  INPUT_UNREADABLE: 3,
  INPUT_EMPTY: 3,
  INPUT_NOT_RECOGNISED: 3,
  INPUT_CORRUPT: 3,
  INPUT_UNSUPPORTED: 3,
  INPUT_CHANGED: 3,
  NO_LOGITS: 3,
  BAD_NUMBER: 3,
  BAD_ROW: 3,
  BAD_VALUE: 3,
  INVALID_ROWS: 4,
  NULL_ROWS: 4,
  /** A warning, where they are errors. */
  WARNED: 4,
  OUTPUT_EXISTS: 5,
  OUTPUT_NOT_A_FILE: 5,
  OUTPUT_FOLDER_MISSING: 5,
  OUTPUT_UNWRITABLE: 5,
  NO_SPACE: 5,
  OUTPUT_IO: 5,
  /** The reader of standard output went away: nothing is said about it. */
  OUTPUT_CLOSED: 5,
  LOCKED: 6,
  INTERRUPTED: 130,
} as const;

export type ErrorCode = keyof typeof EXIT_CODES;

export interface ErrorDetails {
  /** The file the error is about, as the user wrote it. */
  file?: string | undefined;
  /** A way out, shown on a second line after `try: `. */
  hint?: string | undefined;
  cause?: unknown;
  /** Overrides the exit code of `code`: an interrupt's depends on the signal. */
  exitCode?: number | undefined;
}

/** The only error class that leaves logitmill. `message` is one line that a person can act on. */
export class LogitmillError extends Error {
  override readonly name = 'LogitmillError';
  readonly code: ErrorCode;
  readonly file: string | undefined;
  readonly hint: string | undefined;
  readonly exitCode: number;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.file = details.file;
    this.hint = details.hint;
    this.exitCode = details.exitCode ?? EXIT_CODES[code];
  }

  withHint(hint: string | undefined): LogitmillError {
    const { code, message, file, cause, exitCode } = this;
    return new LogitmillError(code, message, { file, hint, cause, exitCode });
  }

  /** `FILE: message`, without the program's name. */
  get line(): string {
    return this.file === undefined ? this.message : `${this.file}: ${this.message}`;
  }
}
