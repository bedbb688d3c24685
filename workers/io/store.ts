import { readFully, writeFully } from '../../src/io/files.ts';
import { describeIoError } from '../../src/io/io-error.ts';
import { openNameless } from '../../src/io/nameless-file.ts';

/** Bytes that a task makes for itself. */
export interface Store {
  read(bytes: Uint8Array, position: number): void;
  write(bytes: Uint8Array, position: number): void;
  /** At most VIEW_BYTES of it, valid until the next call. */
  view(position: number, length: number): Uint8Array;
}

const VIEW_BYTES = 2 ** 20;

/** In the slab. */
export class SlabStore implements Store {
  readonly #bytes: Uint8Array;
  readonly #start: number;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#start = start;
  }

  read(bytes: Uint8Array, position: number): void {
    bytes.set(this.view(position, bytes.length));
  }

  write(bytes: Uint8Array, position: number): void {
    this.#bytes.set(bytes, this.#start + position);
  }

  view(position: number, length: number): Uint8Array {
    return this.#bytes.subarray(this.#start + position, this.#start + position + length);
  }
}

let viewed: Uint8Array | undefined;

/** In a file. */
export class FileStore implements Store {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  read(bytes: Uint8Array, position: number): void {
    const done = scratchIo(() => readFully(this.#fd, bytes, position));
    if (done < bytes.length) throw new Error('a scratch file is shorter than what was written to it');
  }

  write(bytes: Uint8Array, position: number): void {
    scratchIo(() => writeFully(this.#fd, bytes, position));
  }

  view(position: number, length: number): Uint8Array {
    viewed ??= new Uint8Array(VIEW_BYTES);
    const view = viewed.subarray(0, length);
    this.read(view, position);
    return view;
  }
}

/** A range of a store, piece by piece; each is valid until the next. */
export function* piecesOf(
  store: Store,
  position: number,
  length: number,
  pieceBytes = VIEW_BYTES,
): Generator<Uint8Array> {
  for (let done = 0; done < length; done += pieceBytes)
    yield store.view(position + done, Math.min(pieceBytes, length - done));
}

export function openScratchFile(folder: string): number {
  return scratchIo(() => openNameless(folder));
}

/** Scratch files lie where the output does: what keeps one from being written would keep the other. */
function scratchIo<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw describeIoError(error, '', 'write a scratch file beside the output');
  }
}
