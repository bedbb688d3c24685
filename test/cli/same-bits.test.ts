// @module-tag long
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { RecordBatchReader } from 'apache-arrow';
import { expect, test } from 'vitest';
import type { Field } from '../../src/arrow/types.ts';
import { assemble, buildFile, field } from '../arrow/build.ts';
import { random } from '../kernels/harness.ts';
import { logitmill, temporaryFolder } from './run.ts';

const ROWS = 11_000;
const CLASSES = 101;
const rnd = random(5);
/** Quarters from -8 to 8: every dtype holds them. */
const LOGITS = Float64Array.from({ length: ROWS * CLASSES }, () => Math.round((rnd() - 0.5) * 64) / 4);

type Bits = 16 | 32 | 64;
const ARRAYS = { 16: Uint16Array, 32: Float32Array, 64: Float64Array } as const;

const float = (name: string, bits: Bits): Field => field(name, { id: 'float', bitWidth: bits });

/** Rows from `first` on as buffers of one batch: a list column, ragged (three rows in one), or a column a class. */
const FORMS: Record<
  string,
  (bits: Bits) => { fields: Field[]; batch: (first: number, rows: number) => ReturnType<typeof assemble> }
> = {
  list: (bits) => {
    const values = pack(bits, LOGITS);
    return {
      fields: [
        field('logits', { id: 'fixedSizeList', listSize: CLASSES }, { children: [float('item', bits)] }),
      ],
      batch: (first, rows) =>
        assemble(
          rows,
          [rows, 0, rows * CLASSES, 0],
          [null, null, values.slice(first * CLASSES, (first + rows) * CLASSES)],
        ),
    };
  },
  ragged: (bits) => {
    const values = pack(bits, LOGITS);
    return {
      fields: [field('logits', { id: 'list' }, { children: [float('item', bits)] })],
      batch: (first, rows) => {
        const ends = Int32Array.from({ length: rows + 1 }, (_, i) => i * CLASSES - (i % 3));
        const [from, count] = [first * CLASSES, ends[rows]!];
        return assemble(rows, [rows, 0, count, 0], [null, ends, null, values.slice(from, from + count)]);
      },
    };
  },
  tensor: (bits) => {
    const values = pack(bits, LOGITS);
    const item = float('item', bits);
    const list = (name: string, listSize: number, child: Field): Field =>
      field(name, { id: 'fixedSizeList', listSize }, { children: [child] });
    return {
      fields: [list('logits', 4, list('item', 5, list('item', 5, item)))],
      batch: (first, rows) =>
        assemble(
          rows,
          [1, 4, 20, 100].flatMap((perRow) => [rows * perRow, 0]),
          [null, null, null, null, values.slice(first * 100, (first + rows) * 100)],
        ),
    };
  },
  wide: (bits) => {
    const columns = Array.from({ length: CLASSES }, (_, j) =>
      pack(
        bits,
        Float64Array.from({ length: ROWS }, (_, i) => LOGITS[i * CLASSES + j]!),
      ),
    );
    return {
      fields: columns.map((_, j) => float(`c${j}`, bits)),
      batch: (first, rows) =>
        assemble(
          rows,
          columns.flatMap(() => [rows, 0]),
          columns.flatMap((values) => [null, values.slice(first, first + rows)]),
        ),
    };
  },
};

const view = new DataView(new ArrayBuffer(4));

function pack(bits: Bits, values: Float64Array): Uint16Array | Float32Array | Float64Array {
  if (bits !== 16) return ARRAYS[bits].from(values);
  return Uint16Array.from(values, (x) => {
    view.setFloat32(0, x);
    const single = view.getUint32(0);
    return x === 0 ? 0 : ((single >>> 16) & 0x8000) | (((single & 0x7fffffff) >> 13) - (112 << 10));
  });
}

/** A hash of all values of every column by its name, batch after batch; a wide table's have their place in it. */
function valuesOf(file: string, op: string): Map<string, string> {
  const parts = new Map<string, Buffer[]>();
  for (const batch of RecordBatchReader.from(fs.readFileSync(file))) {
    for (const [index, column] of batch.data.children.entries()) {
      const { name } = batch.schema.fields[index]!;
      // A wide table of one result has the names of its input.
      const key = /^c\d/.test(name) ? `${op === 'softmax' ? 'probs' : 'log_probs'}_${name}` : name;
      let leaf = column;
      while (leaf.children[0]) leaf = leaf.children[0];
      const { buffer, byteOffset, byteLength } = leaf.values;
      parts.set(key, [
        ...(parts.get(key) ?? []),
        Buffer.from(new Uint8Array(buffer, byteOffset, byteLength)),
      ]);
    }
  }
  const hashOf = (list: Buffer[]): string =>
    list.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');
  return new Map(Array.from(parts, ([name, list]) => [name, hashOf(list)]));
}

/** Rows of a batch, memory, threads, op. */
const RUNS = [
  [ROWS, '256MiB', '1', 'both'],
  [ROWS, '2MiB', '5', 'softmax'],
  [999, '16MiB', '2', 'both'],
  [96, '3MiB', '1', 'log_softmax'],
] as const;

test.each([
  ['list', 16, 1],
  ['list', 32, 1],
  ['list', 64, 1],
  ['ragged', 16, 1],
  ['ragged', 32, 1],
  ['ragged', 64, 1],
  ['wide', 16, 1],
  ['wide', 32, 1],
  ['wide', 64, 1],
  ['list', 16, 0],
  ['list', 32, 0],
  ['list', 64, 0],
  ['wide', 16, 0],
  ['wide', 32, 0],
  ['wide', 64, 0],
  ['tensor', 16, 1],
  ['tensor', 32, 1],
  ['tensor', 32, 2],
  ['tensor', 64, 2],
  ['tensor', 32, 3],
  ['tensor', 32, 0],
] as const)('%s of float%i, dim %i: the same values whatever the op, the batches, the memory and the threads', async (form, bits, dim) => {
  const folder = temporaryFolder();
  const { fields, batch } = FORMS[form]!(bits);
  const found = await Promise.all(
    // Batches of a ragged column end where three rows do.
    RUNS.map(async ([rows, memory, threads, op], index) => {
      const from = path.join(folder, `in-${index}.arrow`);
      const batches = [];
      for (let first = 0; first < ROWS; first += rows)
        batches.push(batch(first, Math.min(rows, ROWS - first)));
      fs.writeFileSync(from, buildFile({ schema: { fields, metadata: [] }, batches }));
      const to = path.join(folder, `out-${index}.arrow`);
      const args = ['--op', op, '--dim', String(dim), '--memory', memory, '--threads', threads];
      const { code, stderr } = await logitmill(['run', from, '-o', to, ...args]);
      expect(code, stderr).toBe(0);
      return { op, values: valuesOf(to, op) };
    }),
  );
  const [first, ...others] = found;
  const results = form === 'wide' ? CLASSES : 1;
  const sums = dim === 0 ? 0 : 1;
  expect(first!.values.size).toBe(2 * results + sums);
  for (const { op, values } of others) {
    // The sums of log-probabilities alone are of their exponentials.
    if (op === 'log_softmax') values.delete('row_sum');
    expect(values.size).toBe(op === 'both' ? 2 * results + sums : results + (op === 'softmax' ? sums : 0));
    for (const [name, bytes] of values)
      expect(bytes === first!.values.get(name), `${op}: ${name}`).toBe(true);
  }
});
