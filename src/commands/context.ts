import type { RawOptions } from '../options/resolve.ts';
import type { ReportOptions } from '../options/types.ts';

/** What the command line gives a command: the outside world, so that commands do not reach for \`process\`. */
export interface CommandContext {
  positional: readonly string[];
  /** Raw options by precedence: command line, environment, config file. */
  sources: readonly RawOptions[];
  report: ReportOptions;
  /** Writes to standard output. */
  print(text: string): void;
  /** Writes a line to standard error. */
  say(line: string): void;
  /** Standard error is a terminal. */
  terminal: boolean;
  /** Aborted when the process is told to stop; the reason is a LogitmillError. */
  signal: AbortSignal;
}
