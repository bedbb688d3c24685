import { LogitmillError } from '../errors.ts';
import { meantValue } from './suggest.ts';
import { ADDED_NAMES, type Added, type CsvColumnType } from './types.ts';

/** Turns what a user wrote (a text, or a JSON value from a config file) into the option's value, or throws USAGE. */
export type Check<T> = (value: unknown, name: string) => T;

function refuse(name: string, expected: string, value: unknown, hint?: string): never {
  const got = typeof value === 'string' ? `"${value}"` : JSON.stringify(value);
  throw new LogitmillError('USAGE', `expected \`--${name}\` to be ${expected}, got ${got}`, { hint });
}

export function choice<const T extends string>(...allowed: T[]): Check<T> {
  return (value, name) => {
    const found = allowed.find((candidate) => candidate === value);
    if (found !== undefined) return found;
    const meant = typeof value === 'string' ? meantValue(value, allowed) : undefined;
    return refuse(name, `one of ${allowed.join(', ')}`, value, meant && `--${name} ${meant}`);
  };
}

const PLAIN = ADDED_NAMES.filter((name) => name !== 'topk');
const MOST_TOP = 1024;

/** Columns that `--add` takes, each once. */
export const addedList: Check<Added[]> = (value, name) => {
  const found = items(value, name).map((item): Added => {
    const top = /^topk:(\d+)$/.exec(item);
    if (!top && !item.startsWith('topk')) return choice(...PLAIN)(item, name);
    const k = Number(top?.[1] ?? 0);
    if (k >= 1 && k <= MOST_TOP) return `topk:${k}`;
    return refuse(name, `topk:K with K from 1 to ${MOST_TOP}`, item);
  });
  const names = found.map((item) => item.split(':')[0]);
  if (new Set(names).size < names.length) refuse(name, 'a list without repetitions', value);
  return found;
};

export const flag: Check<boolean> = (value, name) => {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  return refuse(name, 'true or false', value);
};

export const text: Check<string> = (value, name) =>
  typeof value === 'string' && value !== '' ? value : refuse(name, 'a text', value);

function finite(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
}

export const integer: Check<number> = (value, name) => {
  const number = finite(value);
  return Number.isSafeInteger(number) ? number : refuse(name, 'a whole number', value);
};

export const count: Check<number> = (value, name) => {
  const number = finite(value);
  return Number.isSafeInteger(number) && number >= 1 && number <= 1024
    ? number
    : refuse(name, 'a whole number from 1 to 1024', value);
};

export const positive: Check<number> = (value, name) => {
  const number = finite(value);
  return number > 0 && Number.isFinite(number) ? number : refuse(name, 'a number above 0', value);
};

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  K: 2 ** 10,
  KIB: 2 ** 10,
  KB: 1e3,
  M: 2 ** 20,
  MIB: 2 ** 20,
  MB: 1e6,
  G: 2 ** 30,
  GIB: 2 ** 30,
  GB: 1e9,
};

/** The shared memory has 32-bit addresses, and its first 2 MiB are the kernels' own. */
const LARGEST_MEMORY = 4 * 2 ** 30 - 16 * 2 ** 20;
const SMALLEST_MEMORY = 2 ** 20;

export const size: Check<number> = (value, name) => {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(String(value).trim());
  const unit = UNITS[match?.[2]?.toUpperCase() ?? '?'];
  if (!match || unit === undefined) refuse(name, 'a size such as 64MiB or 1GiB', value);
  const bytes = Math.floor(Number(match[1]) * unit);
  if (bytes < SMALLEST_MEMORY || bytes > LARGEST_MEMORY) refuse(name, 'between 1MiB and 4080MiB', value);
  return bytes;
};

function items(value: unknown, name: string): string[] {
  const list = Array.isArray(value) ? value : [value];
  if (!list.every((item) => typeof item === 'string')) refuse(name, 'a list of texts', value);
  return list.flatMap((item) => splitList(item));
}

/** Commas separate; a backslash before a comma keeps it, for names that hold one. */
function splitList(list: string): string[] {
  return list.split(/(?<!\\),/).map((item) => item.replaceAll('\\,', ','));
}

export const textList: Check<string[]> = (value, name) => items(value, name);

export const columnList: Check<string[]> = (value, name) => {
  const list = items(value, name);
  return list.length > 0 && list.every((item) => item !== '')
    ? list
    : refuse(name, 'names, globs or ranges of columns', value);
};

export const keepList: Check<'all' | 'none' | string[]> = (value, name) =>
  value === 'all' || value === 'none' ? value : columnList(value, name);

const TYPES: readonly CsvColumnType[] = ['int64', 'float64', 'boolean', 'utf8'];

export const typeList: Check<Map<string, CsvColumnType>> = (value, name) => {
  const result = new Map<string, CsvColumnType>();
  for (const item of items(value, name)) {
    const colon = item.lastIndexOf(':');
    const typed = item.slice(colon + 1);
    // As pandas and Polars call it.
    const type = typed === 'string' ? 'utf8' : TYPES.find((candidate) => candidate === typed);
    if (colon < 1 || !type) refuse(name, `COLUMN:TYPE with a type among ${TYPES.join(', ')}`, item);
    result.set(item.slice(0, colon), type);
  }
  return result;
};

export const shard: Check<{ index: number; count: number }> = (value, name) => {
  const match = /^(\d+)\/(\d+)$/.exec(String(value));
  const [index, total] = [Number(match?.[1]), Number(match?.[2])];
  if (match && index < total && total <= 1e6) return { index, count: total };
  const counted = match && index === total && total > 0;
  return refuse(
    name,
    'I/N with 0 <= I < N',
    value,
    counted ? `--${name} ${index - 1}/${total}, the last one` : undefined,
  );
};
