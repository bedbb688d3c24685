/**
 * csv.wasm: text to columns. `work` is the address of a worker's work area, laid out in workers/kernels/csv/layout.ts;
 * workers/csv/parser.ts is their only caller. They read up to 63 bytes past the end of a text and 32 before its start.
 */
export interface CsvKernels {
  /** Sets bytes to zero. */
  clear(address: number, bytes: number, stride: number, count: number): void;
  /** Where the tables are expected: workers/csv/tables.ts writes them. */
  tables_address(): number;
  survey(work: number, start: number, end: number, result: number): void;
  /** The address after the first newline outside quotes, or 0. */
  find_row_end(work: number, start: number, end: number, inside: number): number;
  count_blank_lines(work: number, start: number, end: number): number;
  /** Goes on from where `work` says; returns DONE, MALFORMED or RESOLVE. */
  parse_rows(work: number): number;
  /** Writes the texts of a column one after the other, and up to 15 bytes more. */
  copy_text(work: number, slot: number, rows: number, target: number): void;
  /** Bit r of `target`: whether the bits r * classes to (r + 1) * classes - 1 of `validity` are all set. */
  row_validity(validity: number, rows: number, classes: number, target: number): void;
  /** Bit r of `target`: bit r * classes + index of `validity`. */
  class_validity(validity: number, rows: number, classes: number, index: number, target: number): void;
}
