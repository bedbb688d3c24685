import type { CsvColumnType } from '../../options/types.ts';
import type { ByteSource } from '../bytes/byte-source.ts';

export type { CsvColumnType };

/** Where a field of the sample stands, and its text: as a problem of the file would say it. */
export interface SampledField {
  /** Newlines before its row, and rows before it, the header not counted. */
  line: number;
  row: number;
  text: string;
}

/**
 * What a column is to whoever looks for logits. `decimal`, `integer`: numbers, but for some fields perhaps; `commas`:
 * decimal commas; `lists`: lists of numbers in its cells; `empty`: not a single value.
 */
export type CsvLook = 'decimal' | 'integer' | 'commas' | 'lists' | 'boolean' | 'text' | 'empty';

/** What the sampled values of a column look like; `empty`: all were null, or there were none. */
export type CsvKind = 'decimal' | 'integer' | 'boolean' | 'utf8' | 'empty';

export interface CsvDialect {
  /** The byte between fields. */
  delimiter: number;
  /** The byte around quoted fields; 0: quotes mean nothing. */
  quote: number;
  /** The byte before a number's fraction: a point, or a comma. */
  decimal: number;
  /** Carriage returns before a newline, at most: 1; 2 where a text was written with CR LF by what writes CR before LF. */
  returns: 1 | 2;
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
  /** Before the fraction of a number. */
  decimal?: '.' | ',';
  types?: ReadonlyMap<string, CsvColumnType>;
  /** As the user wrote it, for messages. */
  file?: string;
}

export interface CsvColumn {
  name: string;
  kind: CsvKind;
  look: CsvLook;
  /** Whole numbers that count the rows. */
  counts: boolean;
  /** The first field that is no number, of a column that looks like numbers; where it means null, all spellings seen. */
  odd: (SampledField & { nulls: readonly string[] }) | undefined;
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
  /** The sample is all there is. */
  isWhole: boolean;
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
