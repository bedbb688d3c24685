import type { CsvColumnType, CsvKind } from './types.ts';
import { bareValue, isBoolean, isNullValue, isNumber, isPlainInteger } from './values.ts';

/** 15 digits are an int64 in any case. */
const SURELY_INT64 = 15;

/** What one field looks like: `bytes` from `start` to `end`, quotes and padding included. */
export function kindOfField(
  bytes: Uint8Array,
  start: number,
  end: number,
  quote: number,
  nullValues: readonly string[],
): CsvKind {
  if (start === end) return 'empty';
  if (nullValues.length === 0) {
    const quick = kindOfPlainNumber(bytes, start, end);
    if (quick) return quick;
  }
  return kindOfText(decode(bytes, start, end), quote === 0 ? '' : String.fromCharCode(quote), nullValues);
}

function kindOfText(field: string, quote: string, nullValues: readonly string[]): CsvKind {
  const value = bareValue(field, quote);
  if (value === undefined) return 'utf8';
  if (isNullValue(value, nullValues)) return 'empty';
  if (isPlainInteger(value.text)) return 'integer';
  // An identifier such as 007, or of more digits than an int64 has, would not come back as it was.
  if (/^-?\d+$/.test(value.text) && value.text !== '-0') return 'utf8';
  if (isNumber(value.text)) return 'decimal';
  return isBoolean(value.text) ? 'boolean' : 'utf8';
}

/** The kind of what is written with digits, a point and a minus sign alone, which most fields are. */
function kindOfPlainNumber(bytes: Uint8Array, start: number, end: number): CsvKind | undefined {
  let at = start;
  if (bytes[at] === 45) at++;
  const first = at;
  while (at < end && bytes[at] >= 48 && bytes[at] <= 57) at++;
  const whole = at - first;
  if (whole === 0) return undefined;
  if (at === end) {
    return whole <= SURELY_INT64 && (bytes[first] !== 48 || (whole === 1 && first === start))
      ? 'integer'
      : undefined;
  }
  if (bytes[at] !== 46) return undefined;
  at++;
  while (at < end && bytes[at] >= 48 && bytes[at] <= 57) at++;
  return at === end ? 'decimal' : undefined;
}

/** What a column looks like that has shown both. */
export function mergeKinds(a: CsvKind, b: CsvKind): CsvKind {
  if (a === b || b === 'empty') return a;
  if (a === 'empty') return b;
  const numbers = (a === 'integer' || a === 'decimal') && (b === 'integer' || b === 'decimal');
  return numbers ? 'decimal' : 'utf8';
}

export function typeOfKind(kind: CsvKind): CsvColumnType {
  if (kind === 'integer') return 'int64';
  if (kind === 'decimal') return 'float64';
  return kind === 'boolean' ? 'boolean' : 'utf8';
}

export function kindOfType(type: CsvColumnType): CsvKind {
  if (type === 'int64') return 'integer';
  return type === 'float64' ? 'decimal' : type;
}

/** Text from bytes that may lie in shared memory. */
export function decode(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}
