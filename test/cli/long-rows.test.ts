import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Field, Schema } from '../../src/arrow/types.ts';
import { assemble, buildFile, field } from '../arrow/build.ts';
import { random } from '../kernels/harness.ts';
import { referenceRow, ulps32 } from '../kernels/reference.ts';
import { readArrow } from './arrow.ts';
import { logitmill, temporaryFolder } from './run.ts';

type Bits = 16 | 32 | 64;
const { NaN: NAN, NEGATIVE_INFINITY: NEG } = Number;

const view = new DataView(new ArrayBuffer(4));

/** Of a number that a normal half holds. */
function halfBits(x: number): number {
  if (!Number.isFinite(x)) return x < 0 ? 0xfc00 : 0x7e00;
  view.setFloat32(0, x);
  const bits = view.getUint32(0);
  return x === 0 ? 0 : ((bits >>> 16) & 0x8000) | (((bits & 0x7fffffff) >> 13) - (112 << 10));
}

function pack(values: readonly number[], bits: Bits): ArrayBufferView {
  if (bits === 64) return Float64Array.from(values);
  return bits === 32 ? Float32Array.from(values) : Uint16Array.from(values, halfBits);
}

function lists(name: string, shape: readonly number[], bits: Bits): Field {
  const [size, ...rest] = shape;
  if (size === undefined) return field(name, { id: 'float', bitWidth: bits });
  return field(name, { id: 'fixedSizeList', listSize: size }, { children: [lists('item', rest, bits)] });
}

const bitmap = (count: number, isNull: (index: number) => boolean): Uint8Array => {
  const bytes = new Uint8Array(Math.ceil(count / 8));
  for (let i = 0; i < count; i++) if (!isNull(i)) bytes[i >> 3]! |= 1 << (i & 7);
  return bytes;
};

/** Rows of fixed-size lists, nested as deep as `shape`; every 1,000th element null where `nulls` is set. */
function tensorFile(
  rows: readonly (readonly number[])[],
  shape: readonly number[],
  bits: Bits,
  nulls = false,
): Buffer {
  const schema: Schema = { fields: [lists('logits', shape, bits)], metadata: [] };
  const nodes = [rows.length, 0];
  const buffers: (ArrayBufferView | null)[] = [null];
  let count = rows.length;
  shape.forEach((size, level) => {
    count *= size;
    const isLast = level === shape.length - 1;
    nodes.push(count, isLast && nulls ? Math.ceil(count / 1000) : 0);
    buffers.push(isLast && nulls ? bitmap(count, (i) => i % 1000 === 0) : null);
  });
  buffers.push(pack(rows.flat(), bits));
  return buildFile({ schema, batches: [assemble(rows.length, nodes, buffers)] });
}

function raggedFile(rows: readonly (readonly number[])[], bits: Bits): Buffer {
  const child = field('item', { id: 'float', bitWidth: bits });
  const schema: Schema = { fields: [field('logits', { id: 'list' }, { children: [child] })], metadata: [] };
  const ends = rows.map((_, i) => rows.slice(0, i + 1).reduce((sum, row) => sum + row.length, 0));
  const values = rows.flat();
  const buffers = [
    bitmap(rows.length, (i) => i === 1),
    Int32Array.from([0, ...ends]),
    null,
    pack(values, bits),
  ];
  return buildFile({ schema, batches: [assemble(rows.length, [rows.length, 1, values.length, 0], buffers)] });
}

const rnd = random(77);
const row = (length: number, spread = 16): number[] =>
  Array.from({ length }, () => Math.round((rnd() - 0.5) * spread * 64) / 64);

/** In the least memory there is, and in one go: the same file. */
async function sameBytes(input: Buffer, ...args: string[]): Promise<string> {
  const folder = temporaryFolder();
  const from = path.join(folder, 'in.arrow');
  fs.writeFileSync(from, input);
  const outputs = [
    ['256MiB', '1'],
    ['1MiB', '1'],
  ].map(async ([memory, threads], index) => {
    const to = path.join(folder, `out-${index}.arrow`);
    const limits = ['--memory', memory!, '--threads', threads!, '--on-invalid', 'keep'];
    const { code, stderr } = await logitmill(['run', from, '-o', to, ...limits, ...args]);
    expect(code, stderr).toBe(0);
    return to;
  });
  const [whole, inPieces] = await Promise.all(outputs);
  expect(fs.readFileSync(inPieces!).equals(fs.readFileSync(whole!))).toBe(true);
  return inPieces!;
}

const LONG: Readonly<Record<Bits, number>> = { 16: 600_003, 32: 300_001, 64: 150_001 };
const opArgs = (op: string): string[] => ['--op', op];

describe('rows longer than a worker has memory for', () => {
  for (const bits of [16, 32, 64] as const)
    test(`lists of float${bits}`, { tags: bits === 32 ? [] : ['long'] }, async () => {
      const length = LONG[bits];
      const rows = [
        row(length),
        row(length).with(length - 1, NAN),
        Array(length).fill(NEG),
        row(length, 2).with(7, 700),
      ];
      const input = tensorFile(rows, [length], bits);
      const output = await sameBytes(input, ...opArgs('both'));
      const { columns } = readArrow(output);
      const [probs, logs, sums] = ['probs', 'log_probs', 'row_sum'].map(
        (name) => columns.get(name) as number[][],
      );
      const exact = referenceRow(rows[0]!);
      if (bits === 32) {
        expect(
          Math.max(...probs![0]!.slice(0, 5000).map((p, i) => ulps32(p, exact.probabilities[i]!))),
        ).toBeLessThan(2);
        expect(
          Math.max(
            ...logs![0]!.slice(-5000).map((p, i) => ulps32(p, exact.logProbabilities[length - 5000 + i]!)),
          ),
        ).toBeLessThan(2);
      }
      expect(Math.abs((sums as unknown as number[])[0]! - 1)).toBeLessThan(bits === 16 ? 0.05 : 1e-7);
      expect(probs![1]!.every(Number.isNaN) && logs![2]!.every(Number.isNaN)).toBe(true);
      const checked = await logitmill(['validate', output, '--memory', '1MiB', '--summary', '-']);
      expect(checked.code).toBe(4);
      expect(JSON.parse(checked.stdout).columns?.[0]?.validation?.rows_invalid ?? 2).toBe(2);
    });

  test('log_softmax alone, with a sure winner, a temperature and a cast', { tags: 'long' }, async () => {
    const length = LONG[64];
    const input = tensorFile([row(length), row(length, 1).with(length - 3, 600)], [length], 64);
    await sameBytes(input, ...opArgs('log_softmax'), '--temperature', '0.7');
    await sameBytes(input, ...opArgs('log_softmax'), '--dtype', 'float32');
  });

  test('null elements, which make the row null or count as -inf', async () => {
    const input = tensorFile([row(LONG[32]), row(LONG[32])], [LONG[32]], 32, true);
    const { columns } = readArrow(await sameBytes(input, '--on-null', 'keep'));
    expect(columns.get('row_sum')).toEqual([null, null]);
    const masked = readArrow(await sameBytes(input, '--mask-nulls')).columns.get('probs') as number[][];
    expect(masked[1]!.every((p, i) => (p === 0) === ((LONG[32] + i) % 1000 === 0))).toBe(true);
  });

  test('ragged rows, long beside short ones', { tags: 'long' }, async () => {
    const rows = [row(5), row(LONG[32]), [], row(LONG[32] + 1), row(70), row(LONG[32])];
    const output = await sameBytes(raggedFile(rows, 32), ...opArgs('both'));
    expect((readArrow(output).columns.get('probs') as (number[] | null)[]).map((one) => one?.length)).toEqual(
      [5, undefined, 0, LONG[32] + 1, 70, LONG[32]],
    );
    expect((await logitmill(['validate', output, '--memory', '1MiB'])).code).toBe(0);
  });

  test('tensors: short slices of a long row, long slices, and a strided dimension', {
    tags: 'long',
  }, async () => {
    const slices = [row(330_000), row(330_000)];
    await sameBytes(tensorFile(slices, [3300, 100], 32), ...opArgs('both'));
    await sameBytes(tensorFile(slices, [3300, 100], 32, true), '--mask-nulls');
    await sameBytes(tensorFile(slices, [3300, 100], 32), ...opArgs('both'), '--dim', '1');
    const output = await sameBytes(tensorFile([row(2 * LONG[64])], [2, LONG[64]], 64), ...opArgs('both'));
    expect((await logitmill(['validate', output, '--memory', '1MiB'])).code).toBe(0);
  });

  test('by several threads', async () => {
    const rows = Array.from({ length: 5 }, () => row(LONG[32]));
    const folder = temporaryFolder();
    const from = path.join(folder, 'in.arrow');
    fs.writeFileSync(from, tensorFile(rows, [LONG[32]], 32));
    const outputs = await Promise.all(
      [
        ['256MiB', '1'],
        ['3MiB', '3'],
      ].map(async ([memory, threads]) => {
        const to = path.join(folder, `${memory}.arrow`);
        const { code, stderr } = await logitmill([
          'run',
          from,
          '-o',
          to,
          '--memory',
          memory!,
          '--threads',
          threads!,
        ]);
        expect(code, stderr).toBe(0);
        return fs.readFileSync(to);
      }),
    );
    expect(outputs[1]!.equals(outputs[0]!)).toBe(true);
  });

  test('a strided dimension of which not one slice fits says what it needs', async () => {
    const folder = temporaryFolder();
    const from = path.join(folder, 'in.arrow');
    fs.writeFileSync(from, tensorFile([row(120_000)], [60_000, 2], 64));
    const args = ['run', from, '-o', path.join(folder, 'out.arrow'), '--dim', '1', '--memory', '1MiB'];
    const { code, stderr } = await logitmill([...args, '--threads', '1']);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/needs \d+ MiB of a worker's memory.*\n.*try: .*--memory \d+MiB/s),
    ]);
  });
});

test('10,000 columns in 16 MiB, whatever the threads', async () => {
  const names = Array.from({ length: 10_000 }, (_, j) => `c${j}`);
  const schema: Schema = {
    fields: names.map((name) => field(name, { id: 'float', bitWidth: 64 })),
    metadata: [],
  };
  const columns = names.map(() => pack(row(30), 64));
  const batch = assemble(
    30,
    names.flatMap(() => [30, 0]),
    columns.flatMap((column) => [null, column]),
  );
  const input = buildFile({ schema, batches: [batch] });
  const folder = temporaryFolder();
  const from = path.join(folder, 'in.arrow');
  fs.writeFileSync(from, input);
  const outputs = await Promise.all(
    [
      ['256MiB', '1'],
      ['16MiB', '8'],
    ].map(async ([memory, threads]) => {
      const to = path.join(folder, `${memory}.arrow`);
      const args = ['--memory', memory!, '--threads', threads!, '--op', 'both', '--layout', 'list'];
      const { code, stderr } = await logitmill(['run', from, '-o', to, ...args]);
      expect(code, stderr).toBe(0);
      return fs.readFileSync(to);
    }),
  );
  expect(outputs[1]!.equals(outputs[0]!)).toBe(true);
});
