import type { CsvDescription } from '../../src/input/csv/types.ts';
import type { Dtype } from '../../src/options/types.ts';
import { expectedNumber } from './exact-reference.ts';
import type { ReadDocument, Value } from './support.ts';

export interface PlainOptions {
  logits: readonly number[];
  keep: readonly number[];
  dtype: Dtype;
  nullValues: readonly string[];
}

interface Field {
  raw: string;
  quotes: boolean;
}

class Refused extends Error {}

/**
 * A CSV document read one character at a time, by the book and without any haste: what the parser is compared with.
 * @returns the rows, or `line L (row R)` of the first thing that is wrong
 */
export function readPlainly(
  text: string,
  description: CsvDescription,
  options: PlainOptions,
): ReadDocument | string {
  const delimiter = String.fromCharCode(description.delimiter);
  const quote = description.quote ? String.fromCharCode(description.quote) : undefined;
  const document: ReadDocument = { rows: [] };
  let line = description.dataLine;
  let [fields, field, row, inside, rowLine] = [[] as Field[], '', '', false, line];
  const endField = () => {
    fields.push({ raw: field, quotes: quote !== undefined && field.includes(quote) });
    field = '';
  };
  const endRow = () => {
    if (field.endsWith('\r')) field = field.slice(0, -1);
    endField();
    const blank = fields.length === 1 && fields[0].raw === '' && description.columns.length > 1;
    if (!blank) document.rows.push(convert(fields, description, options, quote));
    fields = [];
    row = '';
    rowLine = line;
  };
  try {
    for (const character of text) {
      if (character === '\n') line++;
      row += character;
      if (character === quote) {
        inside = !inside;
        field += character;
      } else if (!inside && character === delimiter) endField();
      else if (!inside && character === '\n') endRow();
      else field += character;
    }
    if (inside) throw new Refused();
    if (field !== '' || fields.length > 0) {
      line++;
      endRow();
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const before = quote ? row.slice(0, straySign(row, delimiter, quote)) : '';
    return `line ${rowLine + before.split('\n').length - 1} (row ${document.rows.length})`;
  }
  return document;
}

/** Where a row has the first quote that no reading of it could have there; 0 when it has none. */
function straySign(row: string, delimiter: string, quote: string): number {
  const blanks = (at: number) => /^[ \t]*/.exec(row.slice(at).replaceAll(delimiter, '!'))?.[0].length ?? 0;
  for (let at = 0; at < row.length; at++) {
    const start = at + blanks(at);
    if (row[start] !== quote) {
      const end = row.slice(at).search(new RegExp(`[\n\\${delimiter}]`));
      const stray = row.slice(at, end < 0 ? undefined : at + end).indexOf(quote);
      if (stray >= 0) return at + stray;
      if (end < 0 || row[at + end] === '\n') return 0;
      at += end;
      continue;
    }
    let close = start + 1;
    while (close < row.length && (row[close] !== quote || row[close + 1] === quote)) {
      close += row[close] === quote ? 2 : 1;
    }
    if (close >= row.length) return start;
    const rest = row.slice(close + 1 + blanks(close + 1));
    if (!rest.startsWith(delimiter)) return /^(\r?\n|\r?$)/.test(rest) ? 0 : start;
    at = row.length - rest.length;
  }
  return 0;
}

function convert(
  fields: Field[],
  { columns }: CsvDescription,
  { logits, keep, dtype, nullValues }: PlainOptions,
  quote: string | undefined,
): ReadDocument['rows'][number] {
  if (fields.length !== columns.length) throw new Refused();
  const number = (i: number, into: Dtype): number | null => {
    const value = bare(fields[i].raw, quote);
    if (value === null || nullValues.includes(value)) return null;
    const result = expectedNumber(value, into);
    if (result === undefined) throw new Refused();
    return result;
  };
  const other = (i: number): Value => {
    const { type, declared } = columns[i];
    if (type === 'float64') return number(i, 'float64');
    if (type === 'utf8') return text(fields[i], quote, nullValues);
    const value = bare(fields[i].raw, quote);
    if (value === null || nullValues.includes(value)) return null;
    if (type === 'boolean') {
      if (!['true', 'True', 'TRUE', 'false', 'False', 'FALSE'].includes(value)) throw new Refused();
      return value.toLowerCase() === 'true';
    }
    if (!/^[+-]?\d+$/.test(value)) throw new Refused();
    const whole = BigInt(value.replace('+', ''));
    if (BigInt.asIntN(64, whole) !== whole) throw new Refused();
    if (!declared && whole.toString() !== value) throw new Refused();
    return whole;
  };
  const row: ReadDocument['rows'][number] = { logits: [], passed: [] };
  for (let i = 0; i < columns.length; i++) {
    if (logits.includes(i)) row.logits.push(number(i, dtype));
    else if (keep.includes(i)) row.passed.push(other(i));
    else text(fields[i], quote, []);
  }
  return row;
}

/** Without blanks and quotes; null when there is nothing at all. */
function bare(raw: string, quote: string | undefined): string | null {
  const blank = (character: string | undefined) => character === ' ' || character === '\t';
  const strip = (from: string) => {
    let value = from;
    while (blank(value[0])) value = value.slice(1);
    while (blank(value.at(-1))) value = value.slice(0, -1);
    return value;
  };
  const value = strip(raw);
  if (value === '') return null;
  if (value[0] !== quote) return value;
  if (value.length < 2 || value.at(-1) !== quote) throw new Refused();
  return strip(value.slice(1, -1));
}

function text(field: Field, quote: string | undefined, nullValues: readonly string[]): string | null {
  if (!field.quotes || quote === undefined)
    return field.raw === '' || nullValues.includes(field.raw) ? null : field.raw;
  const padded = /^[ \t]*(.*?)[ \t]*$/s.exec(field.raw)?.[1] ?? '';
  let value = '';
  if (padded.length < 2 || padded[0] !== quote || padded.at(-1) !== quote) throw new Refused();
  for (let i = 1; i < padded.length - 1; i++) {
    if (padded[i] === quote) {
      i++;
      if (i === padded.length - 1 || padded[i] !== quote) throw new Refused();
    }
    value += padded[i];
  }
  return nullValues.includes(value) ? null : value;
}
