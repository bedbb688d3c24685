import fs from 'node:fs';
import type { Field, Schema } from '../arrow/types.ts';
import { shardOf } from '../input/arrow/shard.ts';
import { isArchive } from '../input/bytes/archive.ts';
import { type ArrowInput, type Input, openArrowInput, openInput } from '../input/open.ts';
import { inTurns } from '../io/steps.ts';
import { chooseKernelBuild } from '../kernels/compile.ts';
import type { RunOptions } from '../options/types.ts';
import { planTransform } from '../plan/plan-transform.ts';
import { type Provenance, provenanceOf } from '../plan/provenance.ts';

/**
 * Why an output that stands already is not what this call would make, or null where nothing speaks against it: its
 * input was written or put in its place after it, or it says that it was made in another way, or its columns, rows,
 * format or compression are others. What says nothing of itself is left alone. Reads metadata only.
 * @throws LogitmillError when the options do not fit the input, or the signal's reason
 */
export async function staleBecause(
  { input, output }: { input: string; output: string },
  options: RunOptions,
  signal?: AbortSignal,
): Promise<string | null> {
  const found = await opened(output, signal);
  if (found === null) return null;
  try {
    const made = provenanceOf(found.schema);
    if (made === null) return null;
    const changed = changeSince(input, output);
    if (changed !== null) return changed;
    const other = differences(made, options);
    if (other !== null) return other;
    const source = await describedInput(input, options, signal);
    if (source === null) return null;
    try {
      return await otherwisePlanned(found, made, source, options, signal);
    } finally {
      source.close();
    }
  } finally {
    found.close();
  }
}

/** By the file system's clock: a file that is moved or copied here keeps the time when it was written, if asked to. */
function changeSince(input: string, output: string): string | null {
  const [from, to] = [input, output].map((path) =>
    fs.statSync(path, { bigint: true, throwIfNoEntry: false }),
  );
  if (!from || !to) return null;
  if (from.mtimeNs > to.mtimeNs) return 'its input is newer';
  const link = fs.lstatSync(input, { bigint: true });
  return from.ctimeNs > to.ctimeNs || link.ctimeNs > to.ctimeNs ? 'its input was put there later' : null;
}

/** What the call alone says; what was not asked for is as the input has it. */
function differences(
  made: Partial<Provenance>,
  { op, temperature, dtype, dim, add }: RunOptions,
): string | null {
  const isOther = {
    op: made.op !== op,
    temperature: made.temperature !== temperature,
    dtype: dtype !== undefined && made.dtype !== dtype,
    // What a negative one comes to, the shape says; the rows are at the other end.
    dim: dim >= 0 ? made.dim !== dim : made.dim === 0 && dim === -1,
    add: !areEqual(made.add ?? [], add),
  };
  const first = Object.entries(isOther).find(([, is]) => is);
  return first ? withAnother(first[0]) : null;
}

/** What the call would make of this input. */
async function otherwisePlanned(
  found: ArrowInput,
  made: Partial<Provenance>,
  input: Input,
  options: RunOptions,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  const { shard, format, compression } = options;
  const build = chooseKernelBuild(options.kernel);
  const plan = await inTurns(planTransform(input, { ...options, toPipe: false, build }), signal);
  const planned = provenanceOf(plan.schema);
  if (planned === null) return null;
  if (made.dtype !== planned.dtype) return withAnother('dtype');
  if (made.dim !== planned.dim) return withAnother('dim');
  if (!areEqual(made.columns, planned.columns)) return 'it was made of other columns';
  const [was, is] = [made.options ?? {}, planned.options ?? {}];
  const name = Object.keys({ ...was, ...is }).find((key) => !areEqual(was[key], is[key]));
  if (name !== undefined) return withAnother(name);
  if (!areEqual(columnsOf(found.schema), columnsOf(plan.schema))) return 'its columns are others';
  if (!areEqual(made.classes, planned.classes)) return 'its classes have other names';
  const rows = input.kind === 'text' ? null : (shard ? shardOf(input, shard) : input).rows;
  if (rows !== null && rows !== found.rows) return `it has ${found.rows} rows, and would have ${rows}`;
  if (format !== found.format) return withAnother('format');
  const codec = compression === 'none' ? null : compression;
  return found.rows > 0 && codec !== found.compression ? withAnother('compression') : null;
}

const withAnother = (option: string): string => `it was made with another --${option}`;

function areEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Names and types. Whether there may be nulls, the values say. */
function columnsOf({ fields }: Pick<Schema, 'fields'>): unknown {
  return fields.map(({ name, type, children, dictionary }: Field) => [
    name,
    type,
    dictionary !== null,
    columnsOf({ fields: children }),
  ]);
}

async function opened(output: string, signal: AbortSignal | undefined): Promise<ArrowInput | null> {
  try {
    return await openArrowInput(output, { inputFormat: undefined, allowMissingEos: false }, signal);
  } catch {
    signal?.throwIfAborted();
    return null;
  }
}

/** Null for what cannot be read again, or would have to be inflated first. */
async function describedInput(
  input: string,
  options: RunOptions,
  signal: AbortSignal | undefined,
): Promise<Input | null> {
  if (fs.statSync(input, { throwIfNoEntry: false })?.isFile() !== true) return null;
  try {
    return await openInput(input, options, signal, async (kind) => {
      if (isArchive(kind) && !/\.[ct]sv\.\w+$/i.test(input)) throw new Error('has to be inflated first');
    });
  } catch {
    signal?.throwIfAborted();
    return null;
  }
}
