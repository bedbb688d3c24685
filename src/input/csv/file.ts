import type { ByteReader } from '../../io/byte-reader.ts';
import type { Steps } from '../../io/steps.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import type { CsvReading, InputFormat, ReadingOptions } from '../format.ts';
import { csvSteps, describeCsvSource } from './describe.ts';
import { isCsv } from './is-text.ts';
import type { CsvFile } from './types.ts';
export const CSV: InputFormat = {
  name: 'csv',
  extensions: ['csv', 'tsv'],
  recognises: isCsv,
  describe: openCsvFile,
  describeInOrder: (source, path, size, options, signal) =>
    isReadTwice(options) ? null : openCsvSource(source, path, size, options, signal),
};

/** A text has two dimensions; sums along its rows take two walks over it. */
function isReadTwice({ dim }: ReadingOptions): boolean {
  return dim === 0 || dim === -2;
}

function readingOf({ delimiter, header, quote, decimal, nullValues, types }: CsvReading, file: string) {
  return { delimiter, header, quote, decimal, nullValues, types, file };
}

/** @throws LogitmillError when the first bytes are no sound CSV */
function* openCsvFile(file: ByteReader, options: CsvReading): Steps<CsvFile> {
  const { path, size } = file;
  const readStart = (wanted: number): Uint8Array => {
    const bytes = new Uint8Array(Math.min(wanted, size));
    return bytes.subarray(0, file.read(bytes, 0));
  };
  const description = yield* csvSteps(readStart, readingOf(options, path));
  return { format: 'csv', kind: 'text', path, size, description, source: null };
}

async function openCsvSource(
  source: ByteSource,
  path: string,
  size: number | null,
  options: CsvReading,
  signal: AbortSignal | undefined,
): Promise<CsvFile> {
  const description = await describeCsvSource(
    (wanted) => source.peek(wanted),
    readingOf(options, path),
    signal,
  );
  return { format: 'csv', kind: 'text', path, size, description, source };
}
