import fs from 'node:fs';
import type { Pieces } from './byte-source.ts';
import { streamPieces } from './streams.ts';

/** The name of standard input, as the user writes it. */
export const STDIN = '-';

/** Whether standard input is a file that can be read anywhere, from its start: one that was redirected, as a whole. */
export function stdinIsFile(): boolean {
  return fs.fstatSync(0).isFile() && stdinPosition() === 0;
}

/** Another program may have read the first lines already; then what is left is read in order, as from a pipe. */
function stdinPosition(): number {
  try {
    return Number(/^pos:\s*(\d+)/m.exec(fs.readFileSync('/proc/self/fdinfo/0', 'latin1'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** What comes on standard input, whatever it is connected to. */
export function stdinPieces(): Pieces {
  return streamPieces(process.stdin, STDIN);
}
