import { tmpdir } from 'node:os';
import { ColumnCheck } from '../dim0/column-check.ts';
import { checkColumnMemory, columnBytes } from '../dim0/memory.ts';
import type { CsvReading } from '../input/format.ts';
import { type ArrowInput, openInput } from '../input/open.ts';
import { readFully } from '../io/files.ts';
import { readingInput } from '../io/io-error.ts';
import { chooseKernelBuild } from '../kernels/compile.ts';
import { kernelName } from '../kernels/names.ts';
import { DTYPE_BYTES } from '../ops/dtypes.ts';
import { OPS } from '../ops/ops.ts';
import type { InputFormatName, RunOptions } from '../options/types.ts';
import {
  planValidation,
  type StoredOp,
  type StoredRows,
  type ValidationOptions,
  type ValidationPlan,
} from '../plan/validation.ts';
import { INLINE_BYTES, type Pool, type Workers } from '../pool/pool.ts';
import { runTasks } from '../pool/run-tasks.ts';
import { leastSlab } from '../tasks/pass-size.ts';
import type { ValidateSmallTask, ValidateTask } from '../tasks/task.ts';
import { JobTally } from './tally.ts';
import { textResults } from './text-results.ts';

export type ValidateOptions = ValidationOptions &
  Pick<RunOptions, 'inputFormat' | 'allowMissingEos' | 'threads' | 'memory' | 'kernel'> &
  Omit<CsvReading, 'types'>;

/** What `validate` found in one column, or in one set of class columns. */
export interface ColumnFindings {
  column: string;
  op: StoredOp;
  dtype: string;
  /** Set where every float64 is a float32: it was rounded to that before it was stored. */
  judged_as?: 'float32';
  classes: number | null;
  kernel: string;
  tally: JobTally;
  tolerance: number;
}

export interface FileFindings {
  input: { path: string; format: InputFormatName; bytes: number; rows: number; batches: number };
  columns: ColumnFindings[];
  seconds: number;
}

/** What the files of one call share. */
export interface ValidationSurroundings {
  workers: Workers;
  /** Stops it; its reason is thrown. */
  signal?: AbortSignal | undefined;
  onProgress?: ((bytes: number, total: number) => void) | undefined;
}

/**
 * Re-checks the stored probabilities of a file: each row's sum against 1, and against its stored row_sum.
 * @throws LogitmillError when the file cannot be read, or has no probabilities
 */
export async function validateFile(
  path: string,
  options: ValidateOptions,
  { workers, signal, onProgress }: ValidationSurroundings,
): Promise<FileFindings> {
  const start = performance.now();
  // Before threads start: see job.ts.
  chooseKernelBuild(options.kernel);
  const reading = { ...options, types: new Map() };
  const opened = await openInput(path, reading, signal, (_, bytes) =>
    workers.expect({ bytes, chained: false }),
  );
  const { format } = opened;
  const text = opened.kind === 'text' ? await textResults(opened, options, { workers, signal }) : null;
  const input = text?.table ?? (opened as ArrowInput);
  try {
    const columns: ColumnFindings[] = [];
    const plans = planValidation(input, options, text?.results);
    const total = plans.reduce((sum, plan) => sum + plan.inputBytes, 0);
    let before = 0;
    for (const plan of plans) {
      columns.push(
        await validateColumn(input, plan, options, {
          ...{ workers, signal },
          onProgress: (bytes) => onProgress?.(before + bytes, total),
        }),
      );
      before += plan.inputBytes;
    }
    const { rows, batches } = input;
    return {
      input: { path, format, bytes: opened.size ?? 0, rows, batches: text ? 0 : batches.count },
      columns,
      seconds: (performance.now() - start) / 1000,
    };
  } finally {
    input.close();
  }
}

async function validateColumn(
  input: ArrowInput,
  plan: ValidationPlan,
  options: ValidateOptions,
  { workers, signal, onProgress }: ValidationSurroundings,
): Promise<ColumnFindings> {
  const spec = { ...plan.spec };
  const build = chooseKernelBuild(options.kernel);
  const inline = options.threads === 1 || plan.inputBytes <= INLINE_BYTES;
  const modules = [spec.dtype, 'convert'] as const;
  const { overRows } = spec;
  if (overRows) checkColumnMemory(overRows.width, options.memory, input.path);
  const setApart = overRows ? columnBytes(overRows.width) : 0;
  const chained = overRows !== null && input.compression !== null;
  const needs = { modules, setApart, leastSlab: leastSlab(spec) };
  const pool = await workers.poolFor({ ...needs, build, inline, chained });
  try {
    if (plan.guessOp && (await firstValuesAreLogarithms(input, plan, pool))) spec.op = 'log_softmax';
    const hasSums = OPS[spec.op].sums !== 'nothing';
    const isWide = spec.dtype === 'float64' && options.tolerance === undefined && hasSums;
    spec.areFloat32 = isWide && (await firstValuesAreFloat32(input, plan, spec, pool));
    const toleranceFor = (classes: number | null): number =>
      options.tolerance ?? OPS[spec.op].tolerance(spec.areFloat32 ? 'float32' : spec.dtype, classes);
    const check = async (): Promise<JobTally> => {
      spec.tolerance = toleranceFor(spec.sourceForm === 'ragged' ? null : spec.length);
      const tally = new JobTally();
      const columns = overRows ? new ColumnCheck(overRows.width, build) : null;
      const tasks = tasksOf(input, plan, spec);
      for await (const result of runTasks(pool, tasks, { input: input.path, output: '' }, signal)) {
        tally.add(result);
        columns?.take(result);
        onProgress?.(tally.inputBytes, plan.inputBytes);
      }
      const { rows } = input;
      if (columns)
        tally.columns = columns.finish({ rows, tolerance: toleranceFor(rows), nameOf: plan.columnName });
      return tally;
    };
    let tally = await check();
    if (tally.isWider) {
      // The first values were float32 by chance.
      spec.areFloat32 = false;
      tally = await check();
    }
    const { rows } = input;
    return {
      column: plan.name,
      op: spec.op as ColumnFindings['op'],
      dtype: spec.dtype,
      ...(spec.areFloat32 ? { judged_as: 'float32' as const } : {}),
      classes: overRows ? rows : spec.sourceForm === 'ragged' ? null : spec.length,
      kernel: kernelName(spec.dtype, build),
      tally,
      tolerance: spec.tolerance,
    };
  } catch (error) {
    // Tasks may still be at work: they have to end before the file is closed.
    await workers.close();
    throw error;
  }
}

function* tasksOf(
  input: ArrowInput,
  plan: ValidationPlan,
  spec: ValidationPlan['spec'],
): Generator<ValidateTask | ValidateSmallTask> {
  let id = 0;
  for (const rows of plan.tasks()) {
    const common = { id: id++, input: input.fd, spec };
    if ('batches' in rows) {
      yield { kind: 'validate-small', ...common, ...rows };
      continue;
    }
    yield taskOf(rows, common);
  }
}

function taskOf(
  { pieces, stored, chain }: StoredRows,
  common: Pick<ValidateTask, 'id' | 'input' | 'spec'>,
): ValidateTask {
  const inflation = stored.length > 0 ? { buffers: stored, scratch: tmpdir() } : null;
  return { kind: 'validate', ...common, inflation, pieces, chain };
}

/** Of the first task's values: what the others are, they say. */
async function firstValuesAreFloat32(
  input: ArrowInput,
  plan: ValidationPlan,
  spec: ValidationPlan['spec'],
  pool: Pool,
): Promise<boolean> {
  const first = plan.firstRows();
  if (!first) return false;
  const task = taskOf(first, { id: 0, input: input.fd, spec: { ...spec, areFloat32: true } });
  const result = await pool.run(task);
  return !('failure' in result) && !result.isWider;
}

const SAMPLE_BYTES = 65_536;

/** Probabilities are never negative; log-probabilities always are, but for a sure winner's 0. */
async function firstValuesAreLogarithms(
  input: ArrowInput,
  plan: ValidationPlan,
  pool: Pool,
): Promise<boolean> {
  const { spec } = plan;
  const first = plan.firstRows();
  const piece = first?.pieces[0];
  if (!first || !piece) return false;
  if (first.stored.length > 0) {
    // Only a worker can look: what it finds wrong with them as probabilities are their negative sums.
    const result = await pool.run(taskOf(first, { id: 0, input: input.fd, spec }));
    if ('failure' in result) return false;
    const { columns, firstInvalid } = result;
    const sums = columns ? [columns.blocks, columns.open ?? []].flatMap((part) => [...part]) : [];
    return firstInvalid.some(({ sum }) => sum < 0) || sums.some((sum) => sum < 0);
  }
  const sample = new Uint8Array(SAMPLE_BYTES);
  const size = DTYPE_BYTES[spec.sourceDtype];
  const inRows = piece.rows * spec.outer * spec.length * spec.inner;
  const there = piece.lists ? piece.lists.count : spec.sourceForm === 'columns' ? piece.rows : inRows;
  const bytes = sample.subarray(0, Math.min(SAMPLE_BYTES / size, there) * size);
  return Array.from(piece.values).some((position) => {
    const read = readingInput(input.path, () => readFully(input.fd, bytes, position));
    // The sign is the highest bit of a little-endian number; -0 is no logarithm's.
    for (let end = size - 1; end < read; end += size) {
      if (bytes[end] & 0x80 && (bytes[end] & 0x7f || bytes[end - 1])) return true;
    }
    return false;
  });
}
