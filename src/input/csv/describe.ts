import { LogitmillError } from '../../errors.ts';
import { delimiterByte, quoteByte, sniffDelimiter } from './dialect.ts';
import { checkEncoding } from './encoding.ts';
import { looksLikeHeader } from './header.ts';
import { kindOfType, mergeKinds, typeOfKind } from './kinds.ts';
import { problemError } from './problems.ts';
import { type Sample, takeSample } from './sample.ts';
import type { CsvColumn, CsvDescription, CsvDialect, CsvKind, CsvOptions } from './types.ts';
import { textValue } from './values.ts';

const FIRST_SAMPLE = 2 ** 18;
/** A row may be long: the sample grows until it has two. */
const LARGEST_SAMPLE = 64 * 2 ** 20;

/**
 * What a CSV file is, from its first bytes.
 * @param readStart returns the file's first `bytes` bytes, fewer when it has no more
 * @throws LogitmillError INPUT_EMPTY, INPUT_UNSUPPORTED, INPUT_NOT_RECOGNISED, BAD_ROW, BAD_VALUE, USAGE, UNKNOWN_COLUMN
 */
export function describeCsv(
  readStart: (bytes: number) => Uint8Array,
  options: CsvOptions = {},
): CsvDescription {
  for (let size = FIRST_SAMPLE; ; size *= 4) {
    const description = describeStart(readStart(size), size, options);
    if (description) return description;
  }
}

/** Likewise, where the bytes have to be waited for. */
export async function describeCsvSource(
  peek: (bytes: number) => Promise<Uint8Array>,
  options: CsvOptions,
): Promise<CsvDescription> {
  for (let size = FIRST_SAMPLE; ; size *= 4) {
    const bytes = await peek(size);
    const description = describeStart(bytes.subarray(0, size), size, options);
    if (description) return description;
  }
}

/** @returns undefined when more than `size` bytes have to be looked at */
function describeStart(bytes: Uint8Array, size: number, options: CsvOptions): CsvDescription | undefined {
  const quote = quoteByte(options);
  const given = delimiterByte(options, quote);
  const { file, nullValues = [] } = options;
  const whole = bytes.length < size;
  const start = checkEncoding(bytes, file);
  const dialect = { delimiter: given ?? sniffDelimiter(bytes, start, quote, whole), quote };
  const sample = takeSample(bytes, start, whole, dialect, nullValues);
  if (sample.rows < 2 && !sample.problem && !whole && size < LARGEST_SAMPLE) return undefined;
  if (sample.rows === 0) throw noFirstRow(sample, bytes.length, whole, dialect, file);
  return describe(start, sample, whole, dialect, options);
}

/** Why there is not even a first row. */
function noFirstRow(
  { problem, openQuote }: Sample,
  bytes: number,
  whole: boolean,
  dialect: CsvDialect,
  file: string | undefined,
): LogitmillError {
  const found = problem ?? openQuote;
  if (found) return problemError(found, { header: false, columns: [], ...dialect }, file);
  return whole
    ? new LogitmillError('INPUT_EMPTY', 'the file has nothing but blank lines', { file })
    : new LogitmillError('INPUT_NOT_RECOGNISED', `no end of a line in the first ${bytes} bytes`, { file });
}

function describe(
  start: number,
  sample: Sample,
  whole: boolean,
  dialect: CsvDialect,
  options: CsvOptions,
): CsvDescription {
  const { file, nullValues = [] } = options;
  const quote = dialect.quote === 0 ? '' : String.fromCharCode(dialect.quote);
  const texts = sample.texts.map((field) => {
    const value = textValue(field, quote);
    return value?.quoted ? value.text : field.trim();
  });
  const below = sample.rows > 1 ? sample.below : undefined;
  const header =
    options.header === 'yes' || (options.header !== 'no' && looksLikeHeader(texts, sample.first, below));
  const kinds = header ? sample.below : sample.first.map((kind, i) => mergeKinds(kind, sample.below[i]));
  const names = header ? texts : kinds.map((_, i) => `c${i}`);
  const columns = typeColumns(names, kinds, options);
  const problem = sample.problem ?? (whole || sample.rows < 2 ? sample.openQuote : undefined);
  if (problem) {
    throw problemError(
      { ...problem, row: problem.row - (header ? 1 : 0) },
      { header, columns, ...dialect },
      file,
    );
  }
  const dataOffset = header ? sample.firstEnd : start;
  return {
    ...dialect,
    header,
    columns,
    dataOffset,
    dataLine: 1 + (header ? sample.firstEndLine : 0),
    nullValues,
    sampledRows: sample.rows - (header ? 1 : 0),
    sampledBytes: sample.end - dataOffset,
  };
}

function typeColumns(
  names: readonly string[],
  kinds: readonly CsvKind[],
  { types, file }: CsvOptions,
): CsvColumn[] {
  for (const name of types?.keys() ?? []) {
    const count = names.filter((candidate) => candidate === name).length;
    if (count === 0) {
      const listed = names.slice(0, 12).join(', ') + (names.length > 12 ? ', …' : '');
      throw new LogitmillError(
        'UNKNOWN_COLUMN',
        `\`--types\` names no column: "${name}" (columns: ${listed})`,
        { file },
      );
    }
    if (count > 1) {
      throw new LogitmillError(
        'AMBIGUOUS_COLUMNS',
        `\`--types\` cannot choose: ${count} columns are named "${name}"`,
        { file },
      );
    }
  }
  return names.map((name, i) => {
    const type = types?.get(name);
    return type
      ? { name, kind: kindOfType(type), type, declared: true }
      : { name, kind: kinds[i], type: typeOfKind(kinds[i]), declared: false };
  });
}
