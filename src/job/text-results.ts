import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LogitmillError } from '../errors.ts';
import { type ArrowInput, type CsvInput, openArrowInput } from '../input/open.ts';
import { resolveRunOptions } from '../options/resolve.ts';
import type { RunOptions } from '../options/types.ts';
import { chooseCsvLogits } from '../plan/csv-logits.ts';
import { columnPattern, type StoredColumns } from '../plan/stored-columns.ts';
import type { Workers } from '../pool/pool.ts';
import { runJob } from './run-job.ts';
import type { JobListener } from './types.ts';

export type TextOptions = Pick<
  RunOptions,
  'columns' | 'threads' | 'memory' | 'kernel' | 'delimiter' | 'header' | 'quote' | 'decimal' | 'nullValues'
> & { op: StoredColumns['op'] };

/** A text's stored results as an Arrow file of float32, which is gone when it is closed, and where they are in it. */
export interface TextResults {
  table: ArrowInput;
  results: StoredColumns[];
}

const SILENT: JobListener = {
  planned() {},
  opened() {},
  started() {},
  worked() {},
  done() {},
  warned() {},
  kept() {},
};

/**
 * Reads stored results out of a text: what reads tables then reads them. A row_sum stays behind: in texts numbers are
 * rounded as somebody liked, so that it need not be the sum of those beside it.
 * @throws LogitmillError for what is wrong with the text, or with the temporary folder
 */
export async function textResults(
  input: CsvInput,
  options: TextOptions,
  { workers, signal }: { workers: Workers; signal?: AbortSignal | undefined },
): Promise<TextResults> {
  const results = chooseResults(input, options);
  const columns = [...new Set(results.flatMap((result) => result.columns.columns ?? []))];
  const { threads, memory, kernel, delimiter, header, quote, decimal, nullValues } = options;
  const folder = fs.mkdtempSync(path.join(tmpdir(), 'logitmill-'));
  const remove = (): void => fs.rmSync(folder, { recursive: true, force: true });
  try {
    const output = path.join(folder, 'results.arrow');
    // Of all ops, sigmoid alone writes no row_sum of its own; what it makes of the results is not looked at.
    const reading = {
      op: 'sigmoid',
      layout: 'list',
      'keep-logits': true,
      'on-invalid': 'keep',
      'on-null': 'keep',
    };
    const run = {
      ...resolveRunOptions({ ...reading, keep: 'none', columns }),
      ...{ threads, memory, kernel, delimiter, header, quote, decimal, nullValues },
    };
    await runJob({ input: input.path, opened: input, output, options: run, signal }, SILENT, workers);
    const table = await openArrowInput(output, { inputFormat: 'arrow', allowMissingEos: false }, signal);
    const close = (): void => {
      table.close();
      remove();
    };
    return { table: { ...table, path: input.path, close }, results };
  } catch (error) {
    remove();
    throw error;
  }
}

/** By the columns' names; else the rule for logits holds, without row_sum. */
function chooseResults(input: CsvInput, { columns, op }: TextOptions): StoredColumns[] {
  if (columns) return [{ columns: { column: undefined, columns }, op }];
  const { description, path: file } = input;
  const named = (['probs', 'log_probs'] as const).flatMap((prefix): StoredColumns[] => {
    const found = description.columns.filter(({ name }) => name.startsWith(`${prefix}_`));
    if (found.length === 0) return [];
    const names = found.map(({ name }) => columnPattern(name));
    const own = prefix === 'probs' ? 'softmax' : 'log_softmax';
    return [{ columns: { column: undefined, columns: names }, op: op ?? own }];
  });
  if (named.length > 0) return named;
  const others = description.columns.filter(({ name }) => name !== 'row_sum');
  const chosen = chooseCsvLogits({ ...description, columns: others }, file);
  if (chosen.length === 0)
    throw new LogitmillError('NO_LOGITS', 'no column that could hold probabilities', { file });
  const names = chosen.map((column) => columnPattern(others[column].name));
  return [{ columns: { column: undefined, columns: names }, op }];
}
