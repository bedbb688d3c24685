import { LogitmillError } from '../src/errors.ts';
import { readFully, writeFully } from '../src/files.ts';

/**
 * Fills `bytes` from `position` of the input.
 * @throws LogitmillError INPUT_CHANGED when the file ends before: the metadata had said that it is longer
 */
export function readInput(fd: number, bytes: Uint8Array, position: number): void {
  const done = readFully(fd, bytes, position);
  if (done < bytes.length) {
    throw new LogitmillError(
      'INPUT_CHANGED',
      `the file ends at byte ${position + done} and was longer when the run began`,
    );
  }
}

export { writeFully as writeOutput };
