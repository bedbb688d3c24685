import { LogitmillError } from '../errors.ts';
import type { Input } from '../input/open.ts';
import { OPS } from '../ops/ops.ts';
import type { Output } from '../output/output.ts';
import type { Plan } from '../plan/plan.ts';
import type { JobTally } from './tally.ts';
import type { Job, Warning } from './types.ts';

/** @param tally of all tasks; what it saw of the rows is not all of them where an earlier run did a part */
export function warningsOf({ options }: Job, input: Input, plan: Plan, tally: JobTally): Warning[] {
  const warnings: Warning[] = [];
  const warn = (code: Warning['code'], message: string): void => void warnings.push({ code, message });
  const { reduction, logits } = plan;
  const { rows, nullRows, looked } = tally;
  const where = options.shard ? `shard ${options.shard.index}/${options.shard.count}` : 'the input';
  if (rows === 0) warn('NO_ROWS', `${where} has no rows`);
  const classes = reduction.overRows ? rows : reduction.length;
  // Of ops whose results sum to one.
  if (rows > 0 && classes === 1 && OPS[options.op].sums !== 'nothing') {
    const of = reduction.overRows ? 'one row: each column is' : 'one class: each row is';
    warn('ONE_CLASS', `${of} 1 whatever its logit; a lone logit wants a sigmoid: --op sigmoid`);
  }
  const filled = rows - nullRows;
  if (looked?.probabilities && filled > 0 && classes !== 1)
    warn('PROBABILITIES', 'the rows are probabilities already: within 0 and 1, and their sum is 1');
  if (looked?.alike && looked.rows === rows && filled > 1 && nullRows === 0)
    warn('SAME_ROW', `all ${rows} rows are the same`);
  if (nullRows > 0 && isOfPandas(input) && logits.columns.length > 0)
    warn('PANDAS_NULLS', `${nullRows} null rows in a file of pandas, which writes NaN as null`);
  return warnings;
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
