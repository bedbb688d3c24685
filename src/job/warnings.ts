import { LogitmillError } from '../errors.ts';
import { shardOf } from '../input/arrow/shard.ts';
import type { Input } from '../input/open.ts';
import type { Reduction } from '../layout/shape.ts';
import { OPS } from '../ops/ops.ts';
import type { RunOptions } from '../options/types.ts';
import type { Output } from '../output/output.ts';
import type { Plan } from '../plan/plan.ts';
import type { JobTally } from './tally.ts';
import type { Job, Warning } from './types.ts';

/** @param tally of all tasks; what it saw of the rows is not all of them where an earlier run did a part */
export function warningsOf({ options }: Job, input: Input, plan: Plan, tally: JobTally): Warning[] {
  const { reduction, logits } = plan;
  const { rows, nullRows, looked } = tally;
  const warnings = warningsOfRows(rows, reduction, options);
  const warn = (code: Warning['code'], message: string): void => void warnings.push({ code, message });
  const filled = rows - nullRows;
  if (looked?.probabilities && filled > 0 && classesOf(rows, reduction) !== 1)
    warn('PROBABILITIES', 'the rows are probabilities already: within 0 and 1, and their sum is 1');
  if (looked?.alike && looked.rows === rows && filled > 1 && nullRows === 0)
    warn('SAME_ROW', `all ${rows} rows are the same`);
  if (nullRows > 0 && isOfPandas(input) && logits.columns.length > 0)
    warn('PANDAS_NULLS', `${nullRows} null rows in a file of pandas, which writes NaN as null`);
  return warnings;
}

/** The warnings that metadata give away. */
export function foreseenWarnings(
  input: Input,
  { reduction }: Pick<Plan, 'reduction'>,
  options: Pick<RunOptions, 'op' | 'shard'>,
): Warning[] {
  const table = input.kind === 'text' ? null : options.shard ? shardOf(input, options.shard) : input;
  return warningsOfRows(table?.rows ?? null, reduction, options);
}

/** @param rows null when nobody has counted them yet */
function warningsOfRows(
  rows: number | null,
  reduction: Reduction,
  { op, shard }: Pick<RunOptions, 'op' | 'shard'>,
): Warning[] {
  const warnings: Warning[] = [];
  const where = shard ? `shard ${shard.index}/${shard.count}` : 'the input';
  if (rows === 0) warnings.push({ code: 'NO_ROWS', message: `${where} has no rows` });
  // Of ops whose results sum to one.
  if (rows !== 0 && classesOf(rows, reduction) === 1 && OPS[op].sums !== 'nothing') {
    const of = reduction.overRows ? 'one row: each column is' : 'one class: each row is';
    const message = `${of} 1 whatever its logit; a lone logit wants a sigmoid: --op sigmoid`;
    warnings.push({ code: 'ONE_CLASS', message });
  }
  return warnings;
}

function classesOf(rows: number | null, { overRows, length }: Reduction): number | null {
  return overRows ? rows : length;
}

function isOfPandas(input: Input): boolean {
  return input.kind !== 'text' && input.schema.metadata.some(([key]) => String(key) === 'pandas');
}

/** Why an output with null rows is not published; undefined where it is. */
export async function refuseNulls(
  { options }: Job,
  input: Input,
  tally: JobTally,
  output: Output,
): Promise<LogitmillError | undefined> {
  const { rows, nullRows } = tally;
  const refused =
    options.onNull === 'fail' ? nullRows > 0 : options.onNull === undefined && nullRows === rows;
  if (!refused || nullRows === 0) return undefined;
  await output.mark({ complete: true });
  const count = nullRows === rows ? `all ${rows} rows are null` : `${nullRows} of ${rows} rows are null`;
  const pandas = isOfPandas(input) ? ' (pandas writes NaN as null)' : '';
  const outcome = output.inOrder ? 'the stream ends as a failed one' : 'nothing was published';
  return new LogitmillError('NULL_ROWS', `${count}${pandas}; ${outcome}`, {
    file: input.path,
    hint: 'the same command with --on-null keep, if null is what they are to be',
  });
}

/** With --strict, why an output is not published. */
export function refuseWarned(warnings: readonly Warning[], input: Input): LogitmillError {
  return new LogitmillError(
    'WARNED',
    `${warnings[0].message}; with --strict that is an error, and nothing was published`,
    {
      file: input.path,
      hint: 'without --strict, if that is as it should be',
    },
  );
}
