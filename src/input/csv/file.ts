import { readFully } from '../../io/files.ts';
import type { RunOptions } from '../../options/types.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { describeCsv, describeCsvSource } from './describe.ts';
import type { CsvDescription } from './types.ts';

/** A CSV file as its first bytes describe it. */
export interface CsvFile {
  format: 'csv';
  path: string;
  /** In bytes, compressed as it may be; null when nobody knows. */
  size: number | null;
  description: CsvDescription;
  /** The text, where it comes in order only: from a pipe, or while it is decompressed. Else null. */
  source: ByteSource | null;
}

/** The options that say how to read a text. */
export type CsvReading = Pick<RunOptions, 'delimiter' | 'header' | 'quote' | 'nullValues' | 'types'>;

/** @throws LogitmillError when the first bytes are no sound CSV */
export function openCsvFile(fd: number, path: string, size: number, options: CsvReading): CsvFile {
  const { delimiter, header, quote, nullValues, types } = options;
  const readStart = (wanted: number): Uint8Array => {
    const bytes = new Uint8Array(Math.min(wanted, size));
    return bytes.subarray(0, readFully(fd, bytes, 0));
  };
  const description = describeCsv(readStart, { delimiter, header, quote, nullValues, types, file: path });
  return { format: 'csv', path, size, description, source: null };
}

/** @param size of the file beneath, or null */
export async function openCsvSource(
  source: ByteSource,
  path: string,
  size: number | null,
  options: CsvReading,
): Promise<CsvFile> {
  const { delimiter, header, quote, nullValues, types } = options;
  const reading = { delimiter, header, quote, nullValues, types, file: path };
  const description = await describeCsvSource((wanted) => source.peek(wanted), reading);
  return { format: 'csv', path, size, description, source };
}
