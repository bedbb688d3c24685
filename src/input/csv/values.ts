import type { CsvColumnType } from './types.ts';

/** A field without its padding and quotes, and whether it had quotes. */
export interface FieldValue {
  text: string;
  quoted: boolean;
}

const NUMBER = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf|infinity|nan)$/i;
const INTEGER = /^[+-]?\d+$/;
const PLAIN_INTEGER = /^(?:0|-?[1-9]\d*)$/;
const BOOLEAN = /^(?:true|True|TRUE|false|False|FALSE)$/;
const BLANKS_AROUND = /^[ \t]+|[ \t]+$/g;

/** @param decimal the byte before a fraction: a point, or a comma */
export function isNumber(text: string, decimal: number = POINT): boolean {
  return decimal === POINT ? NUMBER.test(text) : !text.includes('.') && NUMBER.test(text.replace(',', '.'));
}

export const POINT = 46;
export const COMMA = 44;

/** Whether a number is written with a comma before its fraction, and no point: which may also be a thousands separator. */
export const isCommaNumber = (text: string): boolean => text.includes(',') && isNumber(text, COMMA);
export const isBoolean = (text: string): boolean => BOOLEAN.test(text);
export const isInteger = (text: string): boolean => INTEGER.test(text) && fitsInt64(text);
/** An integer that is written as int64 prints it: no plus sign, no leading zeros. */
export const isPlainInteger = (text: string): boolean => PLAIN_INTEGER.test(text) && fitsInt64(text);

function fitsInt64(text: string): boolean {
  return (
    text.length < 19 || BigInt.asIntN(64, BigInt(text.replace('+', ''))) === BigInt(text.replace('+', ''))
  );
}

/** A field of a number, integer or boolean column; `undefined` when a quote has no partner. */
export function bareValue(field: string, quote: string): FieldValue | undefined {
  const text = field.replace(BLANKS_AROUND, '');
  if (quote === '' || !text.startsWith(quote)) return { text, quoted: false };
  if (text.length < 2 || !text.endsWith(quote)) return undefined;
  return { text: text.slice(1, -1).replace(BLANKS_AROUND, ''), quoted: true };
}

/** A field of a text column, doubled quotes taken as one; `undefined` when its quotes are not in order. */
export function textValue(field: string, quote: string): FieldValue | undefined {
  if (quote === '' || !field.includes(quote)) return { text: field, quoted: false };
  const text = field.replace(BLANKS_AROUND, '');
  if (text.length < 2 || !text.startsWith(quote) || !text.endsWith(quote)) return undefined;
  const parts = text.slice(1, -1).split(quote + quote);
  return parts.some((part) => part.includes(quote)) ? undefined : { text: parts.join(quote), quoted: true };
}

export function isNullValue(value: FieldValue, nullValues: readonly string[]): boolean {
  return (value.text === '' && !value.quoted) || nullValues.includes(value.text);
}

/** Whether the field can stand in a passed-through column of the type. `plain`: the type was sniffed. */
export function fitsType(
  field: string,
  type: CsvColumnType,
  plain: boolean,
  quote: string,
  nullValues: readonly string[],
  decimal: number,
): boolean {
  if (type === 'utf8') return textValue(field, quote) !== undefined;
  const value = bareValue(field, quote);
  if (value === undefined) return false;
  if (isNullValue(value, nullValues)) return true;
  if (type === 'float64') return isNumber(value.text, decimal);
  if (type === 'boolean') return isBoolean(value.text);
  return plain ? isPlainInteger(value.text) : isInteger(value.text);
}
