import type { RawOptions } from '../options/resolve.ts';
import type { ReportOptions } from '../options/types.ts';
import type { CallPath } from './check-paths.ts';

/** What the command line gives a command: the outside world, so that commands do not reach for \`process\`. */
export interface CommandContext {
  positional: readonly string[];
  /** Raw options by precedence: command line, environment, config file. */
  sources: readonly RawOptions[];
  report: ReportOptions;
  /** The files that options name, to be checked together with inputs and outputs before any work. */
  files: readonly CallPath[];
  /** Writes to standard output. */
  print(text: string): void;
  /** Tells a person something on standard error: lines of text, or one line of JSON with `event` and `fields`. */
  tell(event: string, lines: readonly string[], fields?: object): void;
  /** Standard error is a terminal. */
  terminal: boolean;
  /** Aborted when the process is told to stop; the reason is a LogitmillError. */
  signal: AbortSignal;
}
