import type { Field, Schema } from '../arrow/types.ts';
import { LogitmillError } from '../errors.ts';
import type { Logits } from '../layout/logits.ts';
import { type Reduction, slicesPerRow, TO_FIXED_SIZE, valuesPerRow } from '../layout/shape.ts';
import { scalarDtype } from '../ops/dtypes.ts';
import { OPS } from '../ops/ops.ts';
import type { Dtype, RunOptions } from '../options/types.ts';
import type { ColumnSource, OutputColumn } from '../results/result.ts';
import { classResults, sliceColumns } from '../results/results.ts';
import { ARROW_TYPES, scalarField, sliceField } from '../results/slice-field.ts';
import { CLASSES_KEY, classNames } from './provenance.ts';
import { selectColumns } from './select.ts';

/** Where columns' values come from, without what they are called. */
export function sourcesOf(columns: readonly OutputColumn[]): ColumnSource[] {
  return columns.map(({ field: _, ...source }) => source);
}

/** What `outputColumns` needs of the options. */
export type ColumnOptions = Pick<RunOptions, 'op' | 'add' | 'keep' | 'keepLogits' | 'layout' | 'onInvalid'>;

/**
 * The output's columns in order: results stand where the logits stood, kept logits before them, columns of slices after.
 * @param nullable whether a row of the result can be null
 * @throws LogitmillError NAME_CLASH, UNKNOWN_COLUMN
 */
export function outputColumns(
  schema: Schema,
  logits: Logits,
  reduction: Reduction,
  options: ColumnOptions,
  nullable: boolean,
  file: string,
): OutputColumn[] {
  const isLogit = new Map(logits.columns.map((column, index) => [column, index]));
  const kept = keptColumns(schema, isLogit, options.keep, file);
  const wide = options.layout === 'mirror' ? logits.form === 'wide' : options.layout === 'wide';
  if (wide && OPS[options.op].results.length > 0) refuseSeveralSums(logits, reduction, file);
  const results = resultColumns(schema, logits, reduction, options, wide, nullable);
  const inPlace =
    wide && logits.form === 'wide' && OPS[options.op].results.length === 1 && !options.keepLogits;
  const last = logits.columns.reduce((left, right) => Math.max(left, right), -1);
  const first = logits.columns.reduce((left, right) => Math.min(left, right), schema.fields.length);

  const columns = schema.fields.flatMap((field, input): OutputColumn[] => {
    if (!isLogit.has(input)) return kept.has(input) ? [{ kind: 'copy', field, input }] : [];
    if (inPlace) {
      const own = results.columns[isLogit.get(input) as number];
      return input === last ? [own, ...results.slices] : [own];
    }
    if (input !== first) return [];
    const logitsKept = options.keepLogits
      ? [...logits.columns]
          .sort((a, b) => a - b)
          .map((index): OutputColumn => ({ kind: 'copy', field: schema.fields[index], input: index }))
      : [];
    return [...logitsKept, ...results.columns, ...results.slices];
  });
  refuseClashes(columns, file);
  return columns;
}

function keptColumns(
  schema: Schema,
  isLogit: ReadonlyMap<number, number>,
  keep: RunOptions['keep'],
  file: string,
): Set<number> {
  if (keep === 'none') return new Set();
  const others = schema.fields.map((_, index) => index).filter((index) => !isLogit.has(index));
  if (keep === 'all') return new Set(others);
  const names = schema.fields.map(({ name }) => name);
  return new Set(selectColumns(names, keep, file).filter((index) => !isLogit.has(index)));
}

function resultColumns(
  schema: Schema,
  logits: Logits,
  reduction: Reduction,
  options: ColumnOptions,
  wide: boolean,
  nullable: boolean,
): { columns: OutputColumn[]; slices: OutputColumn[] } {
  // An invalid column has an element in every list.
  const elements = reduction.overRows && options.onInvalid === 'null';
  const columns = classResults(options).flatMap(({ name: result }): OutputColumn[] => {
    if (!wide) {
      const field = listField(schema, logits, result, { nullable, elements });
      return [{ kind: 'result', result, classIndex: -1, field }];
    }
    return columnNames(schema, logits).map((name, classIndex) => ({
      kind: 'result',
      result,
      classIndex,
      field: {
        ...scalarField(`${result}_${name}`, logits.dtype, nullable),
        metadata: logits.form === 'wide' ? schema.fields[logits.columns[classIndex]].metadata : [],
      },
    }));
  });
  const slices = reduction.overRows
    ? []
    : sliceColumns(options, logits.dtype).map((column, slice): OutputColumn => {
        return { kind: 'slice', slice, field: sliceField(column, slicesPerRow(reduction), nullable) };
      });
  return { columns, slices };
}

function columnNames(schema: Schema, logits: Logits): string[] {
  if (logits.form === 'wide') return logits.columns.map((index) => schema.fields[index].name);
  return Array.from({ length: valuesPerRow(logits) ?? 0 }, (_, index) => String(index));
}

/** A column a class takes rows of one length that have one sum each, or none. */
function refuseSeveralSums(logits: Logits, reduction: Reduction, file: string): void {
  const refuse = (why: string, otherwise = ''): LogitmillError =>
    new LogitmillError(
      'UNSUPPORTED_OPTION',
      `--layout wide makes a column of each class, and these are ${why}`,
      { file, hint: `--layout mirror${otherwise}` },
    );
  if (!logits.shape) throw refuse('variable-length lists', `  or  ${TO_FIXED_SIZE}`);
  const slices = slicesPerRow(reduction);
  if (slices > 1)
    throw refuse(`tensors of ${logits.shape.join(' x ')} with ${slices} slices that sum to one in each row`);
}

/** The logits field under a new name, with the leaf's type changed where the dtype is: nesting and metadata stay. */
function listField(
  schema: Schema,
  logits: Logits,
  name: string,
  { nullable, elements }: { nullable: boolean; elements: boolean },
): Field {
  if (logits.form === 'list') {
    const field = schema.fields[logits.columns[0]];
    return { ...withLeaf(field, logits.dtype, elements), name, nullable };
  }
  const item = scalarField('item', logits.dtype, elements);
  return {
    name,
    nullable,
    type: { id: 'fixedSizeList', listSize: logits.columns.length },
    children: [item],
    dictionary: null,
    metadata: [[CLASSES_KEY, JSON.stringify(classNames(schema, logits))]],
  };
}

function withLeaf(field: Field, dtype: Dtype, mayBeNull: boolean): Field {
  if (field.children.length === 0) {
    // What an extension says of other values, bfloat16 as a rule, is said of these no more.
    const isSame = scalarDtype(field) === dtype;
    const metadata = field.metadata.filter(([key]) => isSame || !String(key).startsWith('ARROW:extension:'));
    return { ...field, type: ARROW_TYPES[dtype], metadata, nullable: field.nullable || mayBeNull };
  }
  return { ...field, children: field.children.map((child) => withLeaf(child, dtype, mayBeNull)) };
}

/** Two columns that the input itself names alike both pass through; a new name must not meet another. */
function refuseClashes(columns: readonly OutputColumn[], file: string): void {
  const copied = new Set(columns.flatMap((column) => (column.kind === 'copy' ? [column.field.name] : [])));
  const made = new Set<string>();
  for (const column of columns) {
    const { name } = column.field;
    if (column.kind === 'copy') continue;
    if (copied.has(name) || made.has(name)) {
      throw new LogitmillError(
        'NAME_CLASH',
        `the output would have two columns named ${JSON.stringify(name)}`,
        {
          file,
          hint: '--keep with the columns to pass through, without that one',
        },
      );
    }
    made.add(name);
  }
}
