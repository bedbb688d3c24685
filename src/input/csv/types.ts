import type { CsvColumnType } from '../../options/types.ts';
import type { ByteSource } from '../bytes/byte-source.ts';

export type { CsvColumnType };

/** What the sampled values of a column look like; `empty`: all were null, or there were none. */
export type CsvKind = 'decimal' | 'integer' | 'boolean' | 'utf8' | 'empty';

export interface CsvDialect {
  /** The byte between fields. */
  delimiter: number;
  /** The byte around quoted fields; 0: quotes mean nothing. */
  quote: number;
}

/** The user's say in reading a CSV file; `undefined` and `auto` leave it to the sample. */
export interface CsvOptions {
  /** One character, or `tab`. */
  delimiter?: string | undefined;
  header?: 'auto' | 'yes' | 'no';
  /** One character, or `none`. */
  quote?: string;
  /** Spellings of null besides the empty field; an empty one takes quoted empty fields in. */
  nullValues?: readonly string[];
  types?: ReadonlyMap<string, CsvColumnType>;
  /** As the user wrote it, for messages. */
  file?: string;
}

export interface CsvColumn {
  name: string;
  kind: CsvKind;
  /** When the column passes through. */
  type: CsvColumnType;
  /** Whether the type comes from the user and not from the sample. */
  declared: boolean;
}

/** Everything about a CSV file that can be known from its first bytes. */
export interface CsvDescription extends CsvDialect {
  header: boolean;
  columns: readonly CsvColumn[];
  /** Where the rows begin: bytes from the file's start. */
  dataOffset: number;
  /** The number of the line at `dataOffset`, from 1. */
  dataLine: number;
  nullValues: readonly string[];
  /** Rows seen in the sample, and their bytes: good for an estimate of the file's rows. */
  sampledRows: number;
  sampledBytes: number;
}

/** A CSV file as its first bytes describe it. */
export interface CsvFile {
  kind: 'text';
  format: 'csv';
  path: string;
  /** In bytes, compressed as it may be; null when nobody knows. */
  size: number | null;
  description: CsvDescription;
  /** The text, where it comes in order only: from a pipe, or while it is decompressed. Else null. */
  source: ByteSource | null;
}
