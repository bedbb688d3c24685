import type { RawOptions } from '../options/resolve.ts';
import type { ReportOptions } from '../options/types.ts';
import type { Tell } from '../report/tell.ts';
import type { CallPath } from './check-paths.ts';

/** What the command line gives a command: the outside world, so that commands do not reach for `process`. */
export interface CommandContext {
  positional: readonly string[];
  /** Raw options by precedence: command line, environment, config file. */
  sources: readonly RawOptions[];
  report: ReportOptions;
  /**
   * To be called before any work, with inputs and outputs: checks them and the files that options name against each
   * other, and looks whether the summary can be written.
   * @throws LogitmillError OUTPUT_IS_INPUT, PATH_CLASH, OUTPUT_UNWRITABLE
   */
  begin(paths: readonly CallPath[]): void;
  /** Writes the machine-readable summary, if one is wanted; never throws: a failure is told. */
  writeSummary(summary: object): Promise<void>;
  /** Writes to standard output; never throws. */
  print(text: string): void;
  tell: Tell;
  /** Standard error is a terminal. */
  terminal: boolean;
  /** Aborted when the process is told to stop; the reason is a LogitmillError. */
  signal: AbortSignal;
}
