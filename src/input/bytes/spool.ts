import { tmpdir } from 'node:os';
import { closeQuietly, writeFully } from '../../io/files.ts';
import { describeIoError } from '../../io/io-error.ts';
import { openNameless } from '../../io/nameless-file.ts';
import type { ByteSource } from './byte-source.ts';

/** A file without a name, which is gone when it is closed or the process dies. */
export interface Spool {
  fd: number;
  size: number;
}

/**
 * Puts what comes in order where it can be read anywhere: the end of an Arrow stream, or the footer of an Arrow file,
 * has to be there before the first byte of output is, as a cut upload is not to be published; and dim 0 reads twice.
 * @throws LogitmillError NO_SPACE, OUTPUT_IO, and what the source throws
 */
export async function spool(source: ByteSource): Promise<Spool> {
  const folder = tmpdir();
  const fd = openIn(folder);
  let size = 0;
  try {
    for (let piece = await source.read(); piece; piece = await source.read()) {
      write(fd, piece, size, folder);
      size += piece.length;
    }
    return { fd, size };
  } catch (error) {
    closeQuietly(fd);
    throw error;
  }
}

function openIn(folder: string): number {
  try {
    return openNameless(folder);
  } catch (error) {
    throw describeIoError(error, folder, 'make a temporary file');
  }
}

function write(fd: number, bytes: Uint8Array, position: number, folder: string): void {
  try {
    writeFully(fd, bytes, position);
  } catch (error) {
    throw describeIoError(error, folder, 'keep what comes on a pipe (TMPDIR names another folder)');
  }
}
