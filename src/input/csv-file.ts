import { readFully } from '../files.ts';
import type { RunOptions } from '../options/types.ts';
import { describeCsv } from './csv/describe.ts';
import type { CsvDescription } from './csv/types.ts';

/** A CSV file as its first bytes describe it. */
export interface CsvFile {
  format: 'csv';
  path: string;
  /** In bytes. */
  size: number;
  description: CsvDescription;
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
  return { format: 'csv', path, size, description };
}
