import type { Schema } from '../arrow/types.ts';
import { LogitmillError } from '../errors.ts';
import type { Input } from '../input/open.ts';
import type { Steps } from '../io/steps.ts';
import type { Warning } from '../job/types.ts';
import { foreseenWarnings } from '../job/warnings.ts';
import type { InputFormatName, OutputFormatName, RunOptions } from '../options/types.ts';
import type { Plan } from '../plan/plan.ts';
import type { ColumnsTaken } from '../plan/provenance.ts';
import { typeText } from './description.ts';
import { errorFields } from './error-text.ts';

/** What `inspect --summary` says of a file. Keys are stable. */
export interface Inspection {
  status: 'ok';
  inputs: [InspectedInput];
  run: WouldRun | WouldRefuse;
}

/** Bytes as they lie in the file; of a text, and of what comes through a pipe, nobody knows rows or bytes yet. */
interface InspectedInput {
  path: string;
  format: InputFormatName;
  bytes: number | null;
  rows: number | null;
  batches: number | null;
  columns: Column[];
}

interface Column {
  name: string;
  type: string;
}

/** What `run` with the same options would make of it. */
interface WouldRun {
  status: 'ok';
  op: RunOptions['op'];
  dtype: string;
  columns: ColumnsTaken;
  /** Length of the dimension that sums to one; null where rows differ, or the rows are that dimension. */
  classes: number | null;
  output: {
    format: OutputFormatName;
    /** Exactly, or null where they become known with the values. */
    bytes: number | null;
    columns: Column[];
  };
  /** Those that metadata give away; others are in the values. */
  warnings: Warning[];
}

interface WouldRefuse {
  status: 'refused';
  error: ReturnType<typeof errorFields>;
}

/** @throws what `plan` throws beyond refusals */
export function* inspectionOf(
  path: string,
  input: Input,
  plan: () => Steps<Plan>,
  options: Pick<RunOptions, 'op' | 'format' | 'shard'>,
): Steps<Inspection> {
  const known = input.kind === 'text' ? null : input;
  const inspected: InspectedInput = {
    path,
    format: input.format,
    bytes: input.size,
    rows: known?.rows ?? null,
    batches: known?.batches.count ?? null,
    columns:
      input.kind === 'text'
        ? input.description.columns.map(({ name, kind }) => ({ name, type: kind }))
        : columnsOf(input.schema),
  };
  return { status: 'ok', inputs: [inspected], run: yield* wouldRun(input, plan, options) };
}

function* wouldRun(
  input: Input,
  plan: () => Steps<Plan>,
  options: Pick<RunOptions, 'op' | 'format' | 'shard'>,
): Steps<WouldRun | WouldRefuse> {
  try {
    const { logits, taken, reduction, schema, outputBytes } = yield* plan();
    return {
      status: 'ok',
      op: options.op,
      dtype: logits.dtype,
      columns: taken,
      classes: reduction.length,
      output: { format: options.format, bytes: outputBytes, columns: columnsOf(schema) },
      warnings: foreseenWarnings(input, { reduction }, options),
    };
  } catch (error) {
    if (!(error instanceof LogitmillError)) throw error;
    return { status: 'refused', error: errorFields(error) };
  }
}

function columnsOf({ fields }: Pick<Schema, 'fields'>): Column[] {
  return fields.map((field) => ({ name: field.name, type: typeText(field) }));
}
