import { readFully } from './files.ts';
import { readingInput } from './io-error.ts';

/**
 * Bytes that can be read anywhere, as metadata are read from it. Reading waits for the bytes: a plan is made in one
 * go. Workers read bodies by themselves, from `fd`.
 */
export interface ByteReader {
  /** As the user wrote it. */
  readonly path: string;
  /** In bytes, when it was opened. */
  readonly size: number;
  readonly fd: number;
  /**
   * Fills `bytes` from `position`; returns how many there were: fewer only at the end.
   * @throws LogitmillError INPUT_UNREADABLE
   */
  read(bytes: Uint8Array, position: number): number;
}

export function fileReader(fd: number, path: string, size: number): ByteReader {
  const read = (bytes: Uint8Array, position: number): number =>
    readingInput(path, () => readFully(fd, bytes, position));
  return { path, size, fd, read };
}
