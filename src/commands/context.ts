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
  /** The files that options name, to be checked together with inputs and outputs before any work. */
  files: readonly CallPath[];
  /** Writes to standard output. */
  print(text: string): void;
  tell: Tell;
  /** Standard error is a terminal. */
  terminal: boolean;
  /** Aborted when the process is told to stop; the reason is a LogitmillError. */
  signal: AbortSignal;
}
