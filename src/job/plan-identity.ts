import type { KernelBuild } from '../kernels/names.ts';
import { type OptionDefinition, RUN_DEFINITIONS } from '../options/definitions.ts';
import type { RunOptions } from '../options/types.ts';
import type { PlanIdentity } from '../output/publish/index.ts';
import type { Plan } from '../plan/plan.ts';
import { VERSION } from '../version.ts';

const definitions = Object.entries(RUN_DEFINITIONS) as [keyof RunOptions, OptionDefinition][];

/**
 * What has to be the same for a later run to go on from an interrupted one. Neither threads nor memory are in it:
 * they change no byte. Nor is --on-invalid, whose answer is given at the end, but for columns that are to be null, for
 * which batches leave room, and for rows that are kept where nothing tells them from null ones later.
 */
export function planIdentity(plan: Plan, options: RunOptions, kernel: KernelBuild): PlanIdentity {
  const asWritten = definitions
    .filter(([, { changesBytes }]) => changesBytes)
    .map(([key, { name }]) => [name, asJson(options[key])]);
  return {
    version: VERSION,
    kernel,
    options: {
      ...Object.fromEntries(asWritten),
      ...(plan.columnNulls ? { 'column-nulls': true } : {}),
      ...(plan.spec.invalidBecomesNull ? {} : { 'invalid-kept': true }),
    },
    tasks: plan.parts,
    bytes: plan.outputBytes,
  };
}

function asJson(value: unknown): unknown {
  return value instanceof Map ? [...value] : value;
}
