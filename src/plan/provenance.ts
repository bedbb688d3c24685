import type { Metadata, Schema } from '../arrow/types.ts';
import { type KernelBuild, kernelName } from '../kernels/names.ts';
import type { Logits } from '../layout/logits.ts';
import type { Dtype, RunOptions } from '../options/types.ts';
import type { OutputColumn } from '../results/result.ts';
import { VERSION } from '../version.ts';
import { PANDAS_KEY, pandasMetadata } from './pandas-metadata.ts';

/** The key of a schema's metadata under which an output says what it is. */
export const PROVENANCE_KEY = 'logitmill';
/** The key of a field's metadata with the names of the classes in its lists, a JSON array. */
export const CLASSES_KEY = 'classes';

/**
 * What an output says of itself, as JSON. Neither time nor path is in it: the same input gives the same bytes.
 */
export interface Provenance {
  version: string;
  op: RunOptions['op'];
  /** What `--add` added, if anything. */
  add?: readonly string[];
  /** Counted from the front: 0 is the rows. */
  dim: number;
  dtype: Dtype;
  temperature: number;
  columns: ColumnsTaken;
  /** Others that make other numbers of the same input, by name; those at their defaults are left out. */
  options?: Record<string, unknown>;
  /** Names of the classes, where they have names and are at most 4,096. */
  classes?: string[];
  kernel: string;
}

/** Which columns were taken for the logits. */
export interface ColumnsTaken {
  form: 'list' | 'wide';
  /** All, or the first and the last eight. */
  names: string[];
  count: number;
  /** As they are stored; null where they differ. */
  dtype: string | null;
}

/** Options that change numbers, and that nothing else in an output tells. */
const OTHERS = {
  maskNulls: 'mask-nulls',
  bits: 'bits',
  decimal: 'decimal',
  nullValues: 'null-values',
} as const satisfies Partial<Record<keyof RunOptions, string>>;

const MOST_CLASSES = 4096;
const MOST_NAMES = 8;

export function columnsTaken(schema: Pick<Schema, 'fields'>, logits: Logits): ColumnsTaken {
  const { form, columns, mixed, sourceDtype } = logits;
  const shown =
    columns.length > 2 * MOST_NAMES
      ? [...columns.slice(0, MOST_NAMES), ...columns.slice(-MOST_NAMES)]
      : columns;
  const names = shown.map((index) => schema.fields[index].name);
  return { form, names, count: columns.length, dtype: mixed ? null : sourceDtype };
}

/** The names of the classes: those of a wide table's columns, or what a list's field says; null where it says nothing. */
export function classNames({ fields }: Pick<Schema, 'fields'>, logits: Logits): string[] | null {
  if (logits.form === 'wide') return logits.columns.map((index) => fields[index].name);
  const stored = fields[logits.columns[0]].metadata.find(([key]) => key === CLASSES_KEY)?.[1];
  const names = parsed(stored);
  const areTexts = Array.isArray(names) && names.every((name) => typeof name === 'string');
  return areTexts && names.length === logits.shape?.at(-1) ? names : null;
}

/** The output's schema metadata: the input's, pandas' corrected for the columns that come out, and what the output is. */
export function outputMetadata(
  input: Schema,
  output: readonly OutputColumn[],
  logits: Logits,
  options: Pick<RunOptions, 'op' | 'add' | 'dim' | 'temperature' | keyof typeof OTHERS>,
  build: KernelBuild,
): Metadata {
  const { op, add, dim, temperature } = options;
  const classes = classNames(input, logits);
  const provenance: Provenance = {
    ...{
      version: VERSION,
      op,
      ...(add.length > 0 ? { add } : {}),
      dim: fromFront(dim, logits),
      dtype: logits.dtype,
      temperature,
    },
    columns: columnsTaken(input, logits),
    ...otherOptions(options),
    ...(classes && classes.length <= MOST_CLASSES ? { classes } : {}),
    kernel: kernelName(logits.dtype, build),
  };
  const others = input.metadata.flatMap(([key, value]): Metadata => {
    if (key === PROVENANCE_KEY) return [];
    return [[key, key === PANDAS_KEY && typeof value === 'string' ? pandasMetadata(value, output) : value]];
  });
  return [...others, [PROVENANCE_KEY, JSON.stringify(provenance)]];
}

function otherOptions(options: Pick<RunOptions, keyof typeof OTHERS>): Pick<Provenance, 'options'> {
  const { maskNulls, bits, decimal, nullValues } = options;
  const given = {
    ...(maskNulls ? { [OTHERS.maskNulls]: true } : {}),
    ...(bits === undefined ? {} : { [OTHERS.bits]: bits }),
    ...(decimal === '.' ? {} : { [OTHERS.decimal]: decimal }),
    ...(nullValues.length === 0 ? {} : { [OTHERS.nullValues]: nullValues }),
  };
  return Object.keys(given).length === 0 ? {} : { options: given };
}

function fromFront(dim: number, { shape }: Logits): number {
  return dim < 0 ? dim + 1 + (shape?.length ?? 1) : dim;
}

/** What a file says of itself, if it is an output of ours: see `Provenance`. Of another version it may say less. */
export function provenanceOf({ metadata }: Pick<Schema, 'metadata'>): Partial<Provenance> | null {
  const value = parsed(metadata.find(([key]) => key === PROVENANCE_KEY)?.[1]);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
}

function parsed(text: unknown): unknown {
  if (typeof text !== 'string') return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
