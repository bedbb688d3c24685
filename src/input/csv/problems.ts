import { type ErrorCode, LogitmillError } from '../../errors.ts';
import { isMissing } from './kinds.ts';
import type { CsvColumn, CsvColumnType } from './types.ts';
import { bareValue, isCommaNumber, isNumber, POINT } from './values.ts';

/**
 * What is wrong with a text, as plain data: workers find it in a chunk and count from the chunk's beginning, the
 * coordinator adds where the chunk begins.
 */
export interface CsvProblem {
  kind: 'ragged' | 'value' | 'quotes' | 'encoding' | 'open-quote';
  /** Newlines before it; of a row over several lines, before its first. */
  line: number;
  /** Rows before it. */
  row: number;
  /** Of a value; -1 otherwise. */
  column: number;
  /** What a value should have been; `logit`: a number. */
  wanted?: CsvColumnType | 'logit';
  /** The field as it stands in the file, cut where it is long. */
  text: string;
  /** Of an open quote that the file may still close: the bytes after it that were looked at. */
  within?: number;
  /** Of a value: how null is spelled in its column, as far as a sample shows. */
  nulls?: readonly string[];
  /** Of a ragged row: its fields, and how many there should be. */
  fields?: number;
  expected?: number;
}

const SHOWN = 40;

/** Bytes of a field or line that a problem carries along. */
export const CARRIED = 200;

/** The text in quotes on one line, shortened. */
export function shown(text: string): string {
  const characters = [...text];
  return JSON.stringify(characters.length > SHOWN ? `${characters.slice(0, SHOWN - 1).join('')}…` : text);
}

const CODES: Readonly<Record<CsvProblem['kind'], ErrorCode>> = {
  ragged: 'BAD_ROW',
  value: 'BAD_VALUE',
  quotes: 'BAD_VALUE',
  encoding: 'BAD_VALUE',
  'open-quote': 'BAD_ROW',
};

/**
 * The error for a problem whose `line` and `row` are counted from the start of the file (lines from 0, rows from the
 * first after the header).
 */
export function problemError(
  problem: CsvProblem,
  file: {
    header: boolean;
    columns: readonly CsvColumn[];
    quote: number;
    decimal: number;
    nullValues?: readonly string[];
  },
  path?: string,
): LogitmillError {
  const place = `line ${problem.line + 1} (row ${problem.row})`;
  const column = file.columns[problem.column];
  const code = problem.kind === 'value' && problem.wanted === 'logit' ? 'BAD_NUMBER' : CODES[problem.kind];
  const quote = file.quote === 0 ? '' : String.fromCharCode(file.quote);
  const { message, hint } = explain(problem, column, { ...file, quote });
  return new LogitmillError(
    code,
    column ? `${place}, column ${column.name}: ${message}` : `${place}: ${message}`,
    {
      file: path,
      hint,
    },
  );
}

interface Explanation {
  message: string;
  hint?: string | undefined;
}

function explain(
  problem: CsvProblem,
  column: CsvColumn | undefined,
  {
    header,
    quote,
    decimal,
    nullValues = [],
  }: { header: boolean; quote: string; decimal: number; nullValues?: readonly string[] },
): Explanation {
  const text = shown(problem.text);
  switch (problem.kind) {
    case 'ragged': {
      const fields = `${problem.fields} ${problem.fields === 1 ? 'field' : 'fields'}`;
      return { message: `${fields} where the ${header ? 'header' : 'first row'} has ${problem.expected}` };
    }
    case 'open-quote': {
      const { within } = problem;
      const none = '--quote none, if quotes mean nothing here';
      if (within === undefined) return { message: 'a quote opens here and is never closed', hint: none };
      return {
        message: `a quote opens here and is not closed within ${Math.floor(within / 2 ** 20)} MiB`,
        hint: `${none}; more --memory, if the text is as long as that`,
      };
    }
    case 'encoding':
      return {
        message: `${text} is not UTF-8`,
        hint: 'iconv -f latin1 -t utf-8, or whatever its encoding is',
      };
    case 'quotes':
      return {
        message: `the quotes in ${text} are not in order: a field is quoted as a whole, and a quote in it is doubled`,
        hint: '--quote none, if quotes mean nothing here',
      };
    case 'value':
      return explainValue(problem, column, bareValue(problem.text, quote)?.text ?? problem.text, {
        decimal,
        nullValues,
      });
  }
}

const NOUNS = {
  logit: 'a number',
  float64: 'a number',
  int64: 'an integer',
  boolean: 'true or false',
  utf8: 'text',
};

function explainValue(
  { wanted = 'logit', text: field, nulls = [] }: CsvProblem,
  column: CsvColumn | undefined,
  bare: string,
  { decimal, nullValues }: { decimal: number; nullValues: readonly string[] },
): Explanation {
  const text = shown(field);
  const message = `${text} is not ${NOUNS[wanted]}`;
  if (wanted === 'logit') {
    if (decimal === POINT && isCommaNumber(bare)) return explainComma(text, bare);
    if (/^[+-]?\d{1,3}(,\d{3})+\.\d+$|^[+-]?\d{1,3}(\.\d{3})+,\d+$/.test(bare))
      return {
        message: `${message}, with its thousands separator`,
        hint: 'numbers without thousands separators',
      };
    if (isMissing(bare)) {
      const spellings = [...new Set([...nullValues, bare, ...nulls])].map((one) =>
        one.replaceAll(',', '\\,'),
      );
      return { message, hint: `--null-values ${optionText(spellings.join(','))}` };
    }
    const word = bare !== '' && bare.length <= 16 && !/\d/.test(bare);
    return { message, hint: word ? `--null-values ${optionText(bare)}, if it means null` : undefined };
  }
  if (column === undefined) return { message };
  if (column.declared) return { message: `${message}, as \`--types\` has it` };
  const better: CsvColumnType =
    isNumber(bare) && wanted === 'int64' && !/^[+-]?\d+$/.test(bare) ? 'float64' : 'utf8';
  return {
    message: `${message}, as the first values of the column were`,
    hint: `--types ${optionText(`${column.name.replaceAll(',', '\\,')}:${better}`)}`,
  };
}

/** A comma may stand before a fraction, or between thousands. */
function explainComma(text: string, bare: string): Explanation {
  if (/^[+-]?[1-9]\d{0,2},\d{3}$/.test(bare)) {
    return {
      message: `${text} is not a number: its comma may be a decimal comma, or a thousands separator`,
      hint: 'numbers without thousands separators; or --decimal , if they are decimal commas',
    };
  }
  return { message: `${text} is not a number: the text has decimal commas`, hint: '--decimal ,' };
}

/** As it is typed in a shell. */
export function optionText(text: string): string {
  return /^[\w.:,/@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
