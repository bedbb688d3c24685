import { LogitmillError } from '../../errors.ts';
import type { Steps } from '../../io/steps.ts';
import { classOfField, isNumberClass } from './kinds.ts';
import { emptyRow, isBlankLine, readRow } from './rows.ts';
import type { CsvDialect, CsvOptions } from './types.ts';

const SNIFFED = [',', ';', '\t', '|'].map((character) => character.charCodeAt(0));

/** Rows and bytes that the delimiter is sniffed from. */
const SNIFFED_ROWS = 100;
const SNIFFED_BYTES = 64 * 1024;

/** The quote as a byte; 0 for none. */
export function quoteByte({ quote = '"' }: CsvOptions): number {
  if (quote === 'none') return 0;
  const byte = oneByte(quote);
  if (byte === undefined || /[\w.+\- \t\r\n]/.test(quote)) {
    throw new LogitmillError('USAGE', `expected \`--quote\` to be one character or none, got "${quote}"`);
  }
  return byte;
}

/** The delimiter as a byte, when the user says it. */
export function delimiterByte({ delimiter }: CsvOptions, quote: number): number | undefined {
  if (delimiter === undefined) return undefined;
  const character = delimiter === 'tab' || delimiter === '\\t' ? '\t' : delimiter;
  const byte = oneByte(character);
  if (byte === undefined || byte === quote || /[\w.+\-\r\n]/.test(character)) {
    throw new LogitmillError(
      'USAGE',
      `expected \`--delimiter\` to be one character that no number has, or tab, got "${delimiter}"`,
    );
  }
  return byte;
}

function oneByte(character: string): number | undefined {
  const byte = character.charCodeAt(0);
  return character.length === 1 && byte > 0 && byte < 128 ? byte : undefined;
}

interface Trial {
  delimiter: number;
  /** Share of the rows that have as many fields as most have. */
  agreement: number;
  width: number;
  /** Share of the fields that are numbers. */
  numbers: number;
}

/**
 * The delimiter that cuts every row into the same number of fields; of several, the one that leaves the most numbers.
 * A comma when there is only one column.
 */
export function* sniffDelimiter(
  sample: Uint8Array,
  start: number,
  dialect: Omit<CsvDialect, 'delimiter'>,
  whole: boolean,
): Steps<number> {
  const found = SNIFFED.filter(
    (delimiter) => delimiter !== dialect.quote && sample.includes(delimiter, start),
  );
  if (found.every((delimiter) => delimiter === SNIFFED[0])) return SNIFFED[0];
  const trials: Trial[] = [];
  for (const delimiter of found) {
    const trial = tryDelimiter(sample, start, { ...dialect, delimiter }, whole);
    if (trial.width > 1) trials.push(trial);
    yield;
  }
  trials.sort((a, b) => b.agreement - a.agreement || b.numbers - a.numbers || b.width - a.width);
  return trials[0]?.delimiter ?? SNIFFED[0];
}

function tryDelimiter(sample: Uint8Array, start: number, dialect: CsvDialect, whole: boolean): Trial {
  const widths = new Map<number, number>();
  const row = emptyRow();
  let [rows, fields, numbers] = [0, 0, 0];
  for (let at = start; at < sample.length && rows < SNIFFED_ROWS; ) {
    if (rows >= 2 && at - start > SNIFFED_BYTES) break;
    const next = readRow(sample, at, sample.length, dialect, row, whole);
    if (next === -1) break;
    at = next;
    if (isBlankLine(row)) continue;
    rows++;
    widths.set(row.starts.length, (widths.get(row.starts.length) ?? 0) + 1);
    for (let i = 0; i < row.starts.length; i++) {
      fields++;
      if (isNumberClass(classOfField(sample, row.starts[i], row.ends[i], dialect, []))) numbers++;
    }
  }
  const [width, count] = [...widths].sort((a, b) => b[1] - a[1])[0] ?? [0, 0];
  return { delimiter: dialect.delimiter, agreement: count / rows, width, numbers: numbers / fields };
}
