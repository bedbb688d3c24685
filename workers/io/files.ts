import { LogitmillError } from '../../src/errors.ts';
import { readFully, writeAllFully, writeFully } from '../../src/io/files.ts';
import { describeIoError, systemReason } from '../../src/io/io-error.ts';
import { writeInOrder } from '../../src/io/pipe.ts';
import { stageClock } from '../stage-clock.ts';

/** Bytes of a file that lie in memory: read together, or to be written together. */
export interface Span {
  bytes: Uint8Array;
  /** Of the first, in the file. */
  position: number;
}

/** An open file, what of it lies in memory, or another way to its bytes. */
export type InputPart = number | Span | Source;
export type OutputPart = number | Span | Target;

export interface Source {
  read(bytes: Uint8Array, position: number): void;
}

export interface Target {
  write(bytes: Uint8Array, position: number): void;
}

function within({ bytes, position }: Span, from: number, length: number): Uint8Array {
  const start = from - position;
  if (!(start >= 0 && start + length <= bytes.length)) throw new RangeError('outside the bytes in memory');
  return bytes.subarray(start, start + length);
}

/**
 * Fills `bytes` from `position` of the input.
 * @throws LogitmillError INPUT_CHANGED when the file ends before: the metadata had said that it is longer;
 * INPUT_UNREADABLE when the system cannot read it
 */
export function readInput(file: InputPart, bytes: Uint8Array, position: number): void {
  if (typeof file !== 'number') {
    if ('read' in file) file.read(bytes, position);
    else bytes.set(within(file, position, bytes.length));
    return;
  }
  let done = 0;
  try {
    done = stageClock.during('read', () => readFully(file, bytes, position));
  } catch (cause) {
    throw new LogitmillError('INPUT_UNREADABLE', `cannot be read: ${systemReason(cause)}`, { cause });
  }
  if (done < bytes.length) {
    throw new LogitmillError(
      'INPUT_CHANGED',
      `the file ends at byte ${position + done} and was longer when the run began`,
    );
  }
}

/** `length` bytes from `position` of the input, where they lie or in memory of their own. */
export function viewInput(file: InputPart, length: number, position: number): Uint8Array {
  if (typeof file !== 'number' && 'bytes' in file) return within(file, position, length);
  const bytes = new Uint8Array(length);
  readInput(file, bytes, position);
  return bytes;
}

/** @throws LogitmillError NO_SPACE, OUTPUT_IO */
export function writeOutput(file: OutputPart, bytes: Uint8Array, position: number): void {
  if (typeof file !== 'number') {
    if ('write' in file) file.write(bytes, position);
    else within(file, position, bytes.length).set(bytes);
    return;
  }
  writing(() => writeFully(file, bytes, position));
}

/**
 * Parts one behind the other, from `position` of the output on.
 * @throws LogitmillError NO_SPACE, OUTPUT_IO
 */
export function writeParts(fd: number, parts: readonly Uint8Array[], position: number): void {
  writing(() => writeAllFully(fd, parts, position));
}

function writing(write: () => void): void {
  try {
    stageClock.during('write', write);
  } catch (error) {
    throw describeIoError(error, '', 'write the output');
  }
}

/** @throws LogitmillError OUTPUT_CLOSED when nobody reads any more, NO_SPACE, OUTPUT_IO */
export function writePipe(fd: number, bytes: Uint8Array): void {
  try {
    stageClock.during('write', () => writeInOrder(fd, bytes));
  } catch (error) {
    throw describeIoError(error, '', 'write to standard output');
  }
}
