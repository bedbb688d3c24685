/** The forms in which a table of logits lies in an Arrow file: an entry for each. */
import type { Field, Schema } from '../../src/arrow/types.ts';
import { field } from '../arrow/build.ts';
import { NO_VALIDITY, type WrittenBatch } from './arrow-writer.ts';
import { type Batch, column, type Shape } from './matrix.ts';

export interface Form {
  /** Rows of this many classes come out, one after the other. */
  classes(shape: Shape): number;
  /** Of the logits. */
  fields(shape: Shape): Field[];
  /** Nodes and buffers of the logits in one batch. */
  nodes(shape: Shape, batch: Batch): number[];
  buffers(shape: Shape, batch: Batch): Uint8Array[];
  args?: readonly string[];
  /** The form whose bits come out. */
  sameAs: 'list' | 'wide';
}

const bytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

const float = (name: string, { dtype }: Shape): Field =>
  field(name, { id: 'float', bitWidth: dtype === 'float16' ? 16 : 32 });

const fixed = (name: string, listSize: number, item: Field, metadata: [string, string][] = []): Field =>
  field(name, { id: 'fixedSizeList', listSize }, { children: [item], metadata });

const dense = {
  nodes: ({ classes }: Shape, { rows }: Batch) => [rows, 0, rows * classes, 0],
  buffers: (_: Shape, { values }: Batch) => [NO_VALIDITY, NO_VALIDITY, bytes(values)],
};

export const FORMS: Readonly<Record<string, Form>> = {
  list: {
    ...dense,
    sameAs: 'list',
    classes: ({ classes }) => classes,
    fields: (shape) => [fixed('logits', shape.classes, float('item', shape))],
  },
  ragged: {
    sameAs: 'list',
    classes: ({ classes }) => classes,
    fields: (shape) => [field('logits', { id: 'list' }, { children: [float('item', shape)] })],
    nodes: dense.nodes,
    buffers: ({ classes }, { rows, values }) => [
      NO_VALIDITY,
      bytes(Int32Array.from({ length: rows + 1 }, (_, row) => row * classes)),
      NO_VALIDITY,
      bytes(values),
    ],
  },
  nested: {
    sameAs: 'list',
    classes: ({ classes }) => classes / 2,
    fields: (shape) => [fixed('logits', 2, fixed('item', shape.classes / 2, float('item', shape)))],
    nodes: ({ classes }, { rows }) => [rows, 0, 2 * rows, 0, rows * classes, 0],
    buffers: (_, { values }) => [NO_VALIDITY, NO_VALIDITY, NO_VALIDITY, bytes(values)],
  },
  tensor: {
    ...dense,
    sameAs: 'list',
    classes: ({ classes }) => classes / 2,
    fields: (shape) => [
      fixed('logits', shape.classes, float('item', shape), [
        ['ARROW:extension:name', 'arrow.fixed_shape_tensor'],
        ['ARROW:extension:metadata', JSON.stringify({ shape: [2, shape.classes / 2] })],
      ]),
    ],
  },
  wide: {
    sameAs: 'wide',
    classes: ({ classes }) => classes,
    fields: (shape) => Array.from({ length: shape.classes }, (_, i) => float(`logit_${i}`, shape)),
    nodes: ({ classes }, { rows }) => Array.from({ length: classes }, () => [rows, 0]).flat(),
    buffers: ({ classes }, { values }) =>
      Array.from({ length: classes }, (_, i) => [NO_VALIDITY, bytes(column(values, classes, i))]).flat(),
    args: ['--layout', 'list'],
  },
};

/** The logits, and the text beside them. */
export function schemaOf(form: Form, shape: Shape): Schema {
  return { fields: [...form.fields(shape), field('note', { id: 'utf8' })], metadata: [] };
}

export function batchesOf(form: Form, shape: Shape, batches: readonly Batch[]): WrittenBatch[] {
  return batches.map((batch) => ({
    rows: batch.rows,
    nodes: [...form.nodes(shape, batch), batch.rows, 0],
    buffers: [...form.buffers(shape, batch), NO_VALIDITY, bytes(batch.textOffsets), batch.text],
  }));
}
