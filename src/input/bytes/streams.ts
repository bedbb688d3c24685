import fs from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { LogitmillError } from '../../errors.ts';
import { describeInputError, systemReason } from '../../io/io-error.ts';
import type { Pieces } from './byte-source.ts';

const PIECE_BYTES = 128 * 2 ** 10;

/** The bytes of an open file from its start; the descriptor stays open. */
export function filePieces(fd: number): Pieces {
  let position = 0;
  let isClosed = false;
  return {
    async *[Symbol.asyncIterator]() {
      while (!isClosed) {
        const piece = await readAt(fd, position);
        if (piece.length === 0) return;
        position += piece.length;
        yield piece;
      }
    },
    get taken() {
      return position;
    },
    close() {
      isClosed = true;
    },
  };
}

function readAt(fd: number, position: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(PIECE_BYTES);
  return new Promise((resolve, reject) => {
    fs.read(fd, bytes, 0, PIECE_BYTES, position, (error, count) =>
      error === null ? resolve(bytes.subarray(0, count)) : reject(describeInputError(error, undefined)),
    );
  });
}

/** What comes through an open pipe. No thread waits in a read, so that signals are heard while nothing comes. */
export function pipePieces(fd: number, file: string): Pieces {
  return streamPieces(new Socket({ fd, readable: true, writable: false }), file);
}

export function streamPieces(stream: Readable, file: string): Pieces {
  let taken = 0;
  return {
    async *[Symbol.asyncIterator]() {
      try {
        for await (const piece of stream) {
          taken += piece.length;
          yield piece as Uint8Array;
        }
      } catch (cause) {
        if (cause instanceof LogitmillError) throw cause;
        throw new LogitmillError('INPUT_UNREADABLE', `cannot be read: ${systemReason(cause)}`, {
          file,
          cause,
        });
      }
    },
    get taken() {
      return taken;
    },
    close() {
      stream.destroy();
    },
  };
}
