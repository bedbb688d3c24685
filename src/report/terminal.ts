import { isatty } from 'node:tty';

/** Columns of the terminal that standard output goes to, or standard error; null when neither does. */
export function terminalColumns(): number | null {
  for (const [fd, stream] of [
    [1, process.stdout],
    [2, process.stderr],
  ] as const)
    if (isatty(fd) && 'columns' in stream && stream.columns > 20) return stream.columns;
  return null;
}
