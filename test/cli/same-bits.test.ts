import fs from 'node:fs';
import path from 'node:path';
import { RecordBatchReader } from 'apache-arrow';
import { expect, test } from 'vitest';
import type { Field } from '../../src/arrow/types.ts';
import { assemble, buildFile, field } from '../arrow/build.ts';
import { random } from '../kernels/harness.ts';
import { logitmill, temporaryFolder } from './run.ts';

const ROWS = 12_000;
const CLASSES = 101;
const rnd = random(5);
/** Quarters from -8 to 8: every dtype holds them. */
const LOGITS = Float64Array.from({ length: ROWS * CLASSES }, () => Math.round((rnd() - 0.5) * 64) / 4);

type Bits = 16 | 32 | 64;
const ARRAYS = { 16: Uint16Array, 32: Float32Array, 64: Float64Array } as const;

/** Rows from `first` on as buffers of one batch: a list column, ragged (three rows in one), or a column a class. */
const FORMS: Record<
  string,
  (bits: Bits) => { fields: Field[]; batch: (first: number, rows: number) => ReturnType<typeof assemble> }
> = {
  list: (bits) => ({
    fields: [
      field(
        'logits',
        { id: 'fixedSizeList', listSize: CLASSES },
        { children: [field('item', { id: 'float', bitWidth: bits })] },
      ),
    ],
    batch: (first, rows) =>
      assemble(
        rows,
        [rows, 0, rows * CLASSES, 0],
        [null, null, pack(bits, LOGITS.slice(first * CLASSES, (first + rows) * CLASSES))],
      ),
  }),
  ragged: (bits) => ({
    fields: [field('logits', { id: 'list' }, { children: [field('item', { id: 'float', bitWidth: bits })] })],
    batch: (first, rows) => {
      const ends = Int32Array.from({ length: rows + 1 }, (_, i) => i * CLASSES - (i % 3));
      const values = LOGITS.slice(first * CLASSES, (first + rows) * CLASSES);
      return assemble(
        rows,
        [rows, 0, ends[rows]!, 0],
        [null, ends, null, pack(bits, values.slice(0, ends[rows]))],
      );
    },
  }),
  wide: (bits) => ({
    fields: Array.from({ length: CLASSES }, (_, j) => field(`c${j}`, { id: 'float', bitWidth: bits })),
    batch: (first, rows) =>
      assemble(
        rows,
        Array(CLASSES).fill([rows, 0]).flat(),
        Array.from({ length: CLASSES }, (_, j) => [
          null,
          pack(
            bits,
            Float64Array.from({ length: rows }, (_, i) => LOGITS[(first + i) * CLASSES + j]!),
          ),
        ]).flat(),
      ),
  }),
};

const view = new DataView(new ArrayBuffer(4));

function pack(bits: Bits, values: Float64Array): ArrayBufferView {
  if (bits !== 16) return ARRAYS[bits].from(values);
  return Uint16Array.from(values, (x) => {
    view.setFloat32(0, x);
    const single = view.getUint32(0);
    return x === 0 ? 0 : ((single >>> 16) & 0x8000) | (((single & 0x7fffffff) >> 13) - (112 << 10));
  });
}

/** The bytes of all values of every column, batch after batch. */
function valuesOf(file: string): string[] {
  const parts: Buffer[][] = [];
  for (const batch of RecordBatchReader.from(fs.readFileSync(file))) {
    batch.data.children.forEach((column, index) => {
      const leaf = column.children[0] ?? column;
      parts[index] ??= [];
      parts[index].push(
        Buffer.from(new Uint8Array(leaf.values.buffer, leaf.values.byteOffset, leaf.values.byteLength)),
      );
    });
  }
  return parts.map((list) => Buffer.concat(list).toString('base64'));
}

/** Rows of a batch, memory, threads. */
const RUNS = [
  [ROWS, '256MiB', '1'],
  [ROWS, '2MiB', '5'],
  [999, '16MiB', '2'],
  [96, '3MiB', '1'],
] as const;

test.each([
  ['list', 16],
  ['list', 32],
  ['list', 64],
  ['ragged', 32],
  ['wide', 16],
  ['wide', 32],
] as const)('%s of float%i: the same values whatever the batches, the memory and the threads', async (form, bits) => {
  const folder = temporaryFolder();
  const { fields, batch } = FORMS[form]!(bits);
  const found = await Promise.all(
    // Batches of a ragged column end where three rows do.
    RUNS.map(async ([rows, memory, threads], index) => {
      const from = path.join(folder, `in-${index}.arrow`);
      const batches = [];
      for (let first = 0; first < ROWS; first += rows)
        batches.push(batch(first, Math.min(rows, ROWS - first)));
      fs.writeFileSync(from, buildFile({ schema: { fields, metadata: [] }, batches }));
      const to = path.join(folder, `out-${index}.arrow`);
      const args = ['--op', 'both', '--memory', memory, '--threads', threads];
      const { code, stderr } = await logitmill(['run', from, '-o', to, ...args]);
      expect(code, stderr).toBe(0);
      return valuesOf(to);
    }),
  );
  expect(found[0]!.length).toBe(form === 'wide' ? 2 * CLASSES + 1 : 3);
  for (const other of found.slice(1))
    expect(other.every((values, column) => values === found[0]![column])).toBe(true);
});
