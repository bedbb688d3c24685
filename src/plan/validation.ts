import type { Schema } from '../arrow/types.ts';
import { COLUMN_ARRAYS, columnArrayBytes } from '../dim0/arrays.ts';
import { LogitmillError } from '../errors.ts';
import type { Table } from '../input/arrow/table.ts';
import type { Logits } from '../layout/logits.ts';
import type { Piece } from '../layout/pieces.ts';
import { blockRows, reductionOf, slicesPerRow, valuesPerRow } from '../layout/shape.ts';
import { type ArrowSetup, smallBatches, smallLimit } from '../layout/small-batches.ts';
import { storedSums } from '../layout/stored-sums.ts';
import { type BatchContext, layoutBatch } from '../layout/table-batch.ts';
import { DTYPE_BYTES, scalarDtype } from '../ops/dtypes.ts';
import { OPS } from '../ops/ops.ts';
import type { OpName, RunOptions } from '../options/types.ts';
import { type SharedSetup, shareSetup } from '../tasks/setup.ts';
import type { TransformSpec } from '../tasks/spec.ts';
import type { StoredBuffer } from '../tasks/stored.ts';
import type { BlockChain, ValidateSmallTask } from '../tasks/task.ts';
import { blockTasksOf, chainOf } from './cut-blocks.ts';
import { type BatchSource, tasksOf } from './cut-tasks.ts';
import { listShape } from './list-shape.ts';
import { chooseLogits } from './logits.ts';
import { provenanceOf } from './provenance.ts';
import { columnPattern, type StoredColumns } from './stored-columns.ts';

/** What the values of one column may be of. */
export type StoredOp = Exclude<OpName, 'both' | 'none'>;

/** What `validate` has to know. `op` undefined: from the names, else from the signs of the values. */
export type ValidationOptions = Pick<RunOptions, 'column' | 'columns' | 'dim' | 'tolerance'> & {
  op: StoredOp | undefined;
};

/** The checking of one result: a list column, or the columns of all classes. */
export interface ValidationPlan {
  /** For people: the column's name, or the first and the last. */
  name: string;
  spec: TransformSpec;
  /** Set when neither the names nor the user said whether these are logarithms: the first negative value says so. */
  guessOp: boolean;
  inputBytes: number;
  tasks(): Generator<StoredRows | SmallStoredRows>;
  /** What a task would be without regard to small batches: to look at some values. */
  firstRows(): StoredRows | undefined;
  /** With dim 0: of a wide table's columns; null where they are places in a list. */
  columnName(index: number): string | null;
}

/** `Piece.sliceColumns` says where the stored row_sum stands in the input, if there is one. */
export interface StoredRows {
  pieces: Piece[];
  stored: StoredBuffer[];
  chain: BlockChain | null;
}

/** See ValidateSmallTask. */
export type SmallStoredRows = Pick<ValidateSmallTask, 'setup' | 'batches' | 'sums'>;

/**
 * @param chosen the columns to check; by their names, and what the options say, when it is left out
 * @throws LogitmillError when no column holds probabilities, or several might
 */
export function planValidation(
  input: Table,
  options: ValidationOptions,
  chosen = chooseResults(input.schema, options, input.path),
): ValidationPlan[] {
  return chosen.map(({ columns, op }) => {
    const selected = { ...options, dtype: undefined, ...columns };
    const values = chooseLogits(input.schema, selected, input.path);
    return planResult(input, values, options, op);
  });
}

const OP_OF = { probs: 'softmax', log_probs: 'log_softmax' } as const;

const RESULTS = ['probs', 'log_probs'] as const;

/** Of a result by its name: what the file says of itself, if that is what would have made it. */
function opOf(name: keyof typeof OP_OF, schema: Schema): StoredOp {
  const op = provenanceOf(schema)?.op;
  const isOurs = op !== undefined && op !== 'both' && op !== 'none' && OPS[op]?.results.includes(name);
  return isOurs ? op : OP_OF[name];
}

/** Columns named as ours are taken by name; else the rule for logits holds, without row_sum. */
function chooseResults(schema: Schema, options: ValidationOptions, file: string): StoredColumns[] {
  const { column, columns, op } = options;
  if (column !== undefined || columns !== undefined) {
    const named = RESULTS.find(
      (name) => column === name || columns?.every((one) => one.startsWith(`${name}_`)),
    );
    return [{ columns: { column, columns }, op: op ?? (named && opOf(named, schema)) }];
  }
  const found = RESULTS.flatMap((name): StoredColumns[] => {
    const ours = opOf(name, schema);
    const list = schema.fields.find((field) => field.name === name && listShape(field));
    if (list) return [{ columns: { column: name, columns: undefined }, op: op ?? ours }];
    const wide = schema.fields.filter(
      (field) => field.name.startsWith(`${name}_`) && scalarDtype(field)?.startsWith('float'),
    );
    return wide.length > 0
      ? [
          {
            columns: { column: undefined, columns: wide.map((field) => columnPattern(field.name)) },
            op: op ?? ours,
          },
        ]
      : [];
  });
  if (found.length > 0) return found;
  const hasList = schema.fields.some((field) => listShape(field)?.leaf.startsWith('float'));
  if (hasList) return [{ columns: { column: undefined, columns: undefined }, op }];
  const floats = schema.fields.filter(
    (field) => scalarDtype(field)?.startsWith('float') && field.name !== 'row_sum',
  );
  if (floats.length === 0)
    throw new LogitmillError('NO_LOGITS', 'no float column that could hold probabilities', { file });
  return [{ columns: { column: undefined, columns: floats.map((field) => columnPattern(field.name)) }, op }];
}

function planResult(
  input: Table,
  values: Logits,
  options: ValidationOptions,
  op: ValidationOptions['op'],
): ValidationPlan {
  const reduction = reductionOf(values, { dim: options.dim, op }, input.path);
  const targetForm = values.form === 'wide' ? 'columns' : values.shape ? 'rows' : 'ragged';
  const context: BatchContext = {
    columns: [],
    sliceColumns: [],
    layouts: input.columns,
    logits: values,
    reduction,
    targetForm,
    maskNulls: false,
  };
  const length = reduction.length ?? 0;
  const overRows = reduction.overRows
    ? { width: reduction.inner, blockRows: blockRows(reduction.inner) }
    : null;
  // Beside probabilities, row_sum is theirs: rounding log-probabilities changes their sum by more than we allow for.
  const isOfOthers = op === 'log_softmax' && input.schema.fields.some(({ name }) => /^probs(_|$)/.test(name));
  const hasSums = OPS[op ?? 'softmax'].sums !== 'nothing';
  const sums = isOfOthers || !hasSums ? -1 : sumColumn(input, slicesPerRow(reduction));
  const rowBytes = (valuesPerRow(values) ?? 0) * DTYPE_BYTES[values.dtype];
  const inputBytes = input.rows * rowBytes;

  const source: BatchSource = {
    count: input.batches.count,
    blockOf: (index) => input.batches.blockOf(index),
    place: (index) => {
      const batch = input.batches.header(index);
      const layout = layoutBatch(context, batch);
      return { index, batch, firstRow: input.batches.firstRowOf(index), layout, bodyStart: 0 };
    },
    smallLimit: 0,
  };
  const grouped = { ...source, smallLimit: overRows || input.compression ? 0 : smallLimit(context) };
  let setup: SharedSetup | undefined;
  function* tasksFrom(from: BatchSource): ReturnType<ValidationPlan['tasks']> {
    const alsoRead = sums < 0 ? [] : [sums];
    const inBlocks = input.compression ? null : overRows;
    const all = inBlocks
      ? blockTasksOf(context, from, inputBytes, inBlocks)
      : tasksOf(context, from, inputBytes, { alsoRead });
    const chain = chainOf(
      overRows && !inBlocks
        ? new SharedArrayBuffer(COLUMN_ARRAYS.sums * columnArrayBytes(overRows.width))
        : null,
    );
    for (const parts of all) {
      if ('count' in parts) {
        const { schema, version } = input;
        const common = { context, fields: schema.fields, version, outputVersion: version };
        setup ??= shareSetup(common satisfies ArrowSetup);
        yield { setup, batches: smallBatches(input.batches, parts.firstBatch, parts.count, null), sums };
        continue;
      }
      if (parts.pieces.length === 0) continue;
      const pieces = parts.pieces.map((piece) => {
        const row = piece.firstRow - input.batches.firstRowOf(piece.batch);
        const at = storedSums(context, input.batches.header(piece.batch), sums, row);
        return { ...piece, sliceColumns: at < 0 ? [] : [at] };
      });
      yield { pieces, stored: parts.stored, chain: chain() };
    }
  }
  const names = values.columns.map((column) => input.schema.fields[column].name);
  return {
    name: names.length === 1 ? names[0] : `${names[0]} … ${names.at(-1)}`,
    guessOp: op === undefined,
    inputBytes,
    tasks: () => tasksFrom(grouped),
    firstRows: () => {
      const [first] = tasksFrom(source);
      return first && 'pieces' in first ? first : undefined;
    },
    columnName: (index) => (values.form === 'wide' ? names[index] : null),
    spec: {
      op: op ?? 'softmax',
      sourceDtype: values.sourceDtype,
      dtype: values.dtype,
      outer: reduction.outer,
      length,
      inner: reduction.inner,
      sourceForm: targetForm,
      targetForm,
      offsetBytes: values.offsetBytes,
      temperature: 1,
      tolerance: options.tolerance ?? OPS[op ?? 'softmax'].tolerance(values.dtype, reduction.length),
      maskNulls: false,
      invalidBecomesNull: false,
      invalidIsNull: false,
      overRows,
      sliceColumns: [],
    },
  };
}

/** The column `row_sum`, when it fits the values; -1 when there is none. */
function sumColumn(input: Table, slices: number): number {
  return input.schema.fields.findIndex((field) => {
    if (field.name !== 'row_sum') return false;
    const list = listShape(field);
    return slices === 1
      ? scalarDtype(field) === 'float64'
      : list?.leaf === 'float64' && list.shape?.length === 1 && list.shape[0] === slices;
  });
}
