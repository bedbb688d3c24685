import { LogitmillError } from '../src/errors.ts';
import { readFully, writeFully } from '../src/files.ts';
import { describeIoError } from '../src/output/io-error.ts';
import { stageClock } from './stage-clock.ts';

/**
 * Fills `bytes` from `position` of the input.
 * @throws LogitmillError INPUT_CHANGED when the file ends before: the metadata had said that it is longer;
 * INPUT_UNREADABLE when the system cannot read it
 */
export function readInput(fd: number, bytes: Uint8Array, position: number): void {
  let done = 0;
  try {
    done = stageClock.during('read', () => readFully(fd, bytes, position));
  } catch (cause) {
    throw new LogitmillError(
      'INPUT_UNREADABLE',
      `cannot be read: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
  if (done < bytes.length) {
    throw new LogitmillError(
      'INPUT_CHANGED',
      `the file ends at byte ${position + done} and was longer when the run began`,
    );
  }
}

/** @throws LogitmillError NO_SPACE, OUTPUT_IO */
export function writeOutput(fd: number, bytes: Uint8Array, position: number): void {
  try {
    stageClock.during('write', () => writeFully(fd, bytes, position));
  } catch (error) {
    throw describeIoError(error, '', 'write the output');
  }
}
