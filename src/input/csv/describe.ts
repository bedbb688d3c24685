import { LogitmillError } from '../../errors.ts';
import { atOnce, inTurns, type Steps } from '../../io/steps.ts';
import type { ColumnSamples } from './column-sample.ts';
import { delimiterByte, quoteByte, sniffDelimiter } from './dialect.ts';
import { checkEncoding } from './encoding.ts';
import { looksLikeHeader } from './header.ts';
import { kindOfType, typeOfKind } from './kinds.ts';
import { problemError } from './problems.ts';
import { type Sample, takeSample } from './sample.ts';
import type { CsvColumn, CsvDescription, CsvDialect, CsvOptions } from './types.ts';
import { COMMA, POINT, textValue } from './values.ts';

const FIRST_SAMPLE = 2 ** 18;
const NEWLINE = 10;
const RETURN = 13;

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
  return atOnce(csvSteps(readStart, options));
}

/** Likewise, in steps. */
export function* csvSteps(
  readStart: (bytes: number) => Uint8Array,
  options: CsvOptions,
): Steps<CsvDescription> {
  for (let size = FIRST_SAMPLE; ; size *= 4) {
    const description = yield* describeStart(readStart(size), size, options);
    if (description) return description;
  }
}

/** Likewise, where the bytes have to be waited for. */
export async function describeCsvSource(
  peek: (bytes: number) => Promise<Uint8Array>,
  options: CsvOptions,
  signal?: AbortSignal,
): Promise<CsvDescription> {
  for (let size = FIRST_SAMPLE; ; size *= 4) {
    const bytes = await peek(size);
    const description = await inTurns(describeStart(bytes.subarray(0, size), size, options), signal);
    if (description) return description;
  }
}

/** @returns undefined when more than `size` bytes have to be looked at */
function* describeStart(
  bytes: Uint8Array,
  size: number,
  options: CsvOptions,
): Steps<CsvDescription | undefined> {
  const quote = quoteByte(options);
  const given = delimiterByte(options, quote);
  const { file, nullValues = [] } = options;
  const whole = bytes.length < size;
  const start = checkEncoding(bytes, file);
  const decimal = options.decimal === ',' ? COMMA : POINT;
  const firstEnd = bytes.indexOf(NEWLINE);
  // A row ends with a line: there is not even one.
  if (firstEnd === -1 && !whole && size < LARGEST_SAMPLE) return undefined;
  const returns = bytes[firstEnd - 1] === RETURN && bytes[firstEnd - 2] === RETURN ? 2 : 1;
  const known = { quote, decimal, returns } as const;
  const dialect = { ...known, delimiter: given ?? (yield* sniffDelimiter(bytes, start, known, whole)) };
  yield;
  const sampleOf = (isData: boolean): Sample => takeSample(bytes, start, whole, dialect, nullValues, isData);
  const sample = sampleOf(options.header === 'no');
  yield;
  if (sample.rows < 2 && !sample.problem && !whole && size < LARGEST_SAMPLE) return undefined;
  if (sample.rows === 0) throw noFirstRow(sample, bytes.length, whole, dialect, file);
  const header = isHeader(sample, dialect, options);
  yield;
  const rows = header || options.header === 'no' ? sample : sampleOf(true);
  yield;
  return describe(start, rows, header, whole, dialect, options);
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

function isHeader(sample: Sample, dialect: CsvDialect, { header, file }: CsvOptions): boolean {
  if (header === 'yes' || header === 'no') return header === 'yes';
  const looksOf = (samples: ColumnSamples) => sample.texts.map((_, column) => samples.look(column));
  const texts = namesOf(sample, dialect);
  const found = looksLikeHeader(
    texts,
    looksOf(sample.first),
    sample.rows > 1 ? looksOf(sample.below) : undefined,
  );
  if (found !== 'unclear') return found;
  throw new LogitmillError(
    'AMBIGUOUS_COLUMNS',
    `is the first row, ${texts.slice(0, 3).join(',')}${texts.length > 3 ? ',…' : ''}, the names of the columns, or one of the rows?`,
    { file, hint: '--header yes  or  --header no' },
  );
}

/** The first row's texts. */
function namesOf(sample: Sample, dialect: CsvDialect): string[] {
  const quote = dialect.quote === 0 ? '' : String.fromCharCode(dialect.quote);
  return sample.texts.map((field) => {
    const value = textValue(field, quote);
    return value?.quoted ? value.text : field.trim();
  });
}

function describe(
  start: number,
  sample: Sample,
  header: boolean,
  whole: boolean,
  dialect: CsvDialect,
  options: CsvOptions,
): CsvDescription {
  const { file, nullValues = [] } = options;
  const texts = namesOf(sample, dialect);
  const names = header ? texts : texts.map((_, i) => `c${i}`);
  const columns = typeColumns(names, sample.below, options);
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
    isWhole: whole && sample.end === sample.length,
  };
}

function typeColumns(
  names: readonly string[],
  samples: ColumnSamples,
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
    const kind = type ? kindOfType(type) : samples.kind(i);
    const [look, counts, odd] = [samples.look(i), samples.isCounter(i), samples.oddField(i)];
    return { name, kind, look, counts, odd, type: type ?? typeOfKind(kind), declared: type !== undefined };
  });
}
