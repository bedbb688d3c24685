import type { ByteReader } from '../io/byte-reader.ts';
import type { Steps } from '../io/steps.ts';
import type { InputFormatName, RunOptions } from '../options/types.ts';
import type { Table } from './arrow/table.ts';
import type { ByteSource } from './bytes/byte-source.ts';
import type { CsvFile } from './csv/types.ts';

/** What a format describes: a table, whose values lie in buffers (plan/table.ts), or a text (plan/csv.ts). */
export type DescribedInput = Table | CsvFile;

/** The options that say how to read a text. */
export type CsvReading = Pick<
  RunOptions,
  'delimiter' | 'header' | 'quote' | 'decimal' | 'nullValues' | 'types'
>;

export type ReadingOptions = Pick<RunOptions, 'inputFormat' | 'allowMissingEos'> &
  Partial<Pick<RunOptions, 'dim'>> &
  CsvReading;

/** A kind of file that can be read. Listed in formats.ts, which is asked from the first one on. */
export interface InputFormat {
  readonly name: InputFormatName;
  /** Of the files that are taken from a folder, without the dot. */
  readonly extensions: readonly string[];
  /** @param head the first HEAD_LENGTH bytes, or all of them when there are fewer; never none */
  recognises(head: Uint8Array, path: string): boolean;
  /**
   * Reads and checks metadata, and no bodies.
   * @throws LogitmillError INPUT_CORRUPT, INPUT_UNSUPPORTED, INPUT_CHANGED, INPUT_UNREADABLE
   */
  describe(input: ByteReader, options: ReadingOptions): Steps<DescribedInput>;
  /**
   * Likewise of bytes that come in order. What cannot be read so, with these options, is kept in a temporary file
   * first, and read from there.
   * @param size of the file beneath, in bytes; null when nobody knows
   */
  describeInOrder?(
    source: ByteSource,
    path: string,
    size: number | null,
    options: ReadingOptions,
    signal: AbortSignal | undefined,
  ): Promise<DescribedInput> | null;
}
