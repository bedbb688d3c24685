import type { CsvColumnType, CsvDialect, CsvKind } from './types.ts';
import {
  bareValue,
  isBoolean,
  isCommaNumber,
  isNullValue,
  isNumber,
  isPlainInteger,
  POINT,
} from './values.ts';

/** 15 digits are an int64 in any case. */
const SURELY_INT64 = 15;

/**
 * What one field is. `whole`: a whole number written with an exponent, as R writes 1e+05; `missing`: a spelling of null
 * that is none here; `comma`: a number, were the decimal point a comma; `thousands`: the same, or a whole number with
 * thousands separators; `list`: a list of numbers; `digits`: a whole number that int64 would not give back as it was.
 */
export type FieldClass =
  | 'empty'
  | 'integer'
  | 'decimal'
  | 'whole'
  | 'digits'
  | 'boolean'
  | 'missing'
  | 'comma'
  | 'thousands'
  | 'list'
  | 'text';

/** What one field looks like: `bytes` from `start` to `end`, quotes and padding included. */
export function classOfField(
  bytes: Uint8Array,
  start: number,
  end: number,
  { quote, decimal }: Pick<CsvDialect, 'quote' | 'decimal'>,
  nullValues: readonly string[],
): FieldClass {
  if (start === end) return 'empty';
  if (nullValues.length === 0) {
    const quick = classOfPlainNumber(bytes, start, end, decimal);
    if (quick) return quick;
  }
  const field = decode(bytes, start, end);
  return classOfText(field, quote === 0 ? '' : String.fromCharCode(quote), nullValues, decimal);
}

/** What texts mean that stand for a missing value in the files of other tools. */
const MISSING =
  /^(?:#?n\/?a|#n\/a n\/a|<na>|null|none|nil|nat|missing|undefined|\\n|-+|\?|\.|#(?:null|div\/0|value|ref|name|num)[!?]|-?nan\(ind\)|-?1\.#(?:ind|qnan|nan))$/i;

export const isMissing = (text: string): boolean => MISSING.test(text);

function classOfText(
  field: string,
  quote: string,
  nullValues: readonly string[],
  decimal: number,
): FieldClass {
  const value = bareValue(field, quote);
  if (value === undefined) return 'text';
  const { text } = value;
  if (isNullValue(value, nullValues)) return 'empty';
  if (isPlainInteger(text)) return 'integer';
  // An identifier such as 007, or of more digits than an int64 has, would not come back as it was.
  if (/^-?\d+$/.test(text) && text !== '-0') return 'digits';
  if (isNumber(text, decimal)) return /^[+-]?\d+e\+?\d+$/i.test(text) ? 'whole' : 'decimal';
  if (isBoolean(text)) return 'boolean';
  if (isMissing(text)) return 'missing';
  if (decimal === POINT && isCommaNumber(text))
    return /^[+-]?[1-9]\d{0,2},\d{3}$/.test(text) ? 'thousands' : 'comma';
  return isList(text) ? 'list' : 'text';
}

/** Numbers in brackets, or several in one field. */
function isList(text: string): boolean {
  const inner = /^(?:(?:np\.)?(?:array|tensor|list)\s*)?\(?\s*[[{(](.*?)(?:[\]})].*)?$/is.exec(text)?.[1];
  if (inner !== undefined)
    return inner.trim() === '' ? /[\]})]\s*\)?$/.test(text) : /^[\s[{(]*[+-]?(?:\.?\d|nan|inf)/i.test(inner);
  const items = text.trim().split(/[\s;|,]+/);
  const isSure = items.length > 2 || items.every((item) => item.includes('.'));
  return items.length > 1 && isSure && items.every((item) => isNumber(item));
}

/** The class of what is written with digits, a point and a minus sign alone, which most fields are. */
function classOfPlainNumber(
  bytes: Uint8Array,
  start: number,
  end: number,
  decimal: number,
): FieldClass | undefined {
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
  if (bytes[at] !== decimal) return undefined;
  at++;
  while (at < end && bytes[at] >= 48 && bytes[at] <= 57) at++;
  return at === end ? 'decimal' : undefined;
}

/** What a column would be that passes through, had it such fields alone. */
export function kindOfClass(found: FieldClass): CsvKind {
  switch (found) {
    case 'empty':
    case 'integer':
    case 'decimal':
    case 'boolean':
      return found;
    case 'whole':
      return 'decimal';
    default:
      return 'utf8';
  }
}

/** Whether a field is a number, however its fraction is written. */
export function isNumberClass(found: FieldClass): boolean {
  return (
    found === 'integer' ||
    found === 'decimal' ||
    found === 'whole' ||
    found === 'comma' ||
    found === 'thousands'
  );
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
