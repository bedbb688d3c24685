import { LogitmillError } from '../errors.ts';
import { shardOf } from '../input/arrow/shard.ts';
import type { Input } from '../input/open.ts';
import type { Steps } from '../io/steps.ts';
import { planCsvFile } from './csv.ts';
import type { Plan, PlanOptions } from './plan.ts';
import { planArrow } from './table.ts';

/**
 * Metadata and options in; the output's layout and the tasks out. Pure, but that an Arrow input may read headers again.
 * @throws LogitmillError when the options do not fit the input
 */
export function* planTransform(input: Input, asked: PlanOptions): Steps<Plan> {
  const { shard } = asked;
  const options = asked.toPipe ? { ...asked, format: 'stream' as const } : asked;
  if (input.kind === 'text') {
    if (shard && input.source) throw noShards('an input whose length is known beforehand', input.path);
    return yield* planCsvFile(input, options);
  }
  if (!shard) return yield* planArrow(input, options);
  const plan = yield* planArrow(shardOf(input, shard), options);
  if (plan.reduction.overRows)
    throw noShards('rows that do not depend on each other: no --dim 0', input.path);
  return plan;
}

function noShards(needed: string, file: string): LogitmillError {
  return new LogitmillError('UNSUPPORTED_OPTION', `\`--shard\` needs ${needed}`, { file });
}
