// @module-tag long
import fs from 'node:fs';
import path from 'node:path';
import { type Data, RecordBatchReader } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import type { Field } from '../../src/arrow/types.ts';
import { assemble, buildFile, field } from '../arrow/build.ts';
import { exactToHalf, halfToNumber } from '../kernels/half.ts';
import { random } from '../kernels/harness.ts';
import { referenceRow } from '../kernels/reference.ts';
import { logitmill, temporaryFolder } from './run.ts';

type Bits = 16 | 32 | 64;
type Form = 'fixed' | 'list' | 'largeList' | 'wide';
const { NaN: NAN, POSITIVE_INFINITY: INF, NEGATIVE_INFINITY: NEG } = Number;
const LARGEST = { 16: 65_504, 32: 3.4028234663852886e38, 64: Number.MAX_VALUE } as const;
/** Distance from 1 to the next number, and the smallest of all. */
const EPSILON = { 16: 2 ** -10, 32: 2 ** -23, 64: 2 ** -52 } as const;
const TINY = { 16: 2 ** -24, 32: 2 ** -149, 64: 2 ** -1074 } as const;
/** The reference is float64 itself, half an ulp off in differences of up to 745: test/kernels holds float64 to 2 ulp. */
const ULPS = { 16: 0.51, 32: 2, 64: 600 } as const;

const product = (sizes: readonly number[]): number => sizes.reduce((left, right) => left * right, 1);

/** Rows of every kind that the tables of docs/numbers.md name, one after the other. */
function logitsOf(rows: number, width: number, bits: Bits): number[] {
  const next = random(bits);
  const large = LARGEST[bits];
  const kinds: ((place: number) => (j: number) => number)[] = [
    () => () => (next() - 0.5) * 12,
    (place) => (j) => (j === place ? NAN : (next() - 0.5) * 9),
    (place) => (j) => (j === place ? INF : next()),
    () => () => NEG,
    (place) => (j) => (j === place ? NEG : next() * 5),
    (place) => (j) => (j === place ? NAN : INF),
    () => () => large,
    () => () => -large,
    (place) => (j) => (j === place ? large : -large),
    (place) => (j) => (j === place ? 20 : 0),
    () => (j) => (j % 2 === 0 ? -0 : 0),
    () => () => -next() * 104,
    () => () => -next() * 745,
    (place) => (j) => (j === place ? 3 : NEG),
    () => () => (next() - 0.5) * 1e-6,
    () => (j) => (j % 2 ? TINY[bits] : -TINY[bits]),
  ];
  const round = { 16: (x: number) => halfToNumber(exactToHalf(x)), 32: Math.fround, 64: (x: number) => x }[
    bits
  ];
  return Array.from({ length: rows }, (_, row) => {
    const value = kinds[row % kinds.length]!((row * 5) % width);
    return Array.from({ length: width }, (_, j) => round(value(j)));
  }).flat();
}

function pack(values: readonly number[], bits: Bits): ArrayBufferView {
  if (bits === 64) return Float64Array.from(values);
  return bits === 32 ? Float32Array.from(values) : Uint16Array.from(values, exactToHalf);
}

function nested(name: string, shape: readonly number[], bits: Bits): Field {
  const [listSize, ...rest] = shape;
  if (listSize === undefined) return field(name, { id: 'float', bitWidth: bits });
  return field(name, { id: 'fixedSizeList', listSize }, { children: [nested('item', rest, bits)] });
}

/** Batches of 7 rows. */
function file(form: Form, shape: readonly number[], bits: Bits, logits: readonly number[]): Buffer {
  const width = product(shape);
  const rows = logits.length / width;
  const leaf = field('item', { id: 'float', bitWidth: bits });
  const fields =
    form === 'fixed'
      ? [nested('logits', shape, bits)]
      : form === 'wide'
        ? Array.from({ length: width }, (_, j) => ({ ...leaf, name: `c${j}` }))
        : [field('logits', { id: form }, { children: [leaf] })];
  const batches = [];
  for (let first = 0; first < rows; first += 7) {
    const count = Math.min(7, rows - first);
    const part = logits.slice(first * width, (first + count) * width);
    const ends = Array.from({ length: count + 1 }, (_, row) => row * width);
    if (form === 'wide') {
      const columns = fields.map((_, j) =>
        pack(
          part.filter((_, at) => at % width === j),
          bits,
        ),
      );
      const nodes = fields.flatMap(() => [count, 0]);
      batches.push(
        assemble(
          count,
          nodes,
          columns.flatMap((column) => [null, column]),
        ),
      );
    } else if (form === 'fixed') {
      const counts = [count, ...shape.map((_, level) => count * product(shape.slice(0, level + 1)))];
      const nodes = counts.flatMap((length) => [length, 0]);
      batches.push(assemble(count, nodes, [...counts.map(() => null), pack(part, bits)]));
    } else {
      const offsets = form === 'list' ? Int32Array.from(ends) : BigInt64Array.from(ends, BigInt);
      const nodes = [count, 0, part.length, 0];
      batches.push(assemble(count, nodes, [null, offsets, null, pack(part, bits)]));
    }
  }
  return buildFile({ schema: { fields, metadata: [] }, batches });
}

/** The values of one result, row-major; or all sums. */
function read(bytes: Uint8Array, name: string, width: number, bits: Bits): number[] {
  const leafOf = (data: Data): Data => (data.children[0] ? leafOf(data.children[0]) : data);
  const values: number[] = [];
  for (const batch of RecordBatchReader.from(bytes)) {
    const named = batch.data.children.filter((_, index) =>
      batch.schema.fields[index]!.name.match(`^${name}(_c?\\d+)?$`),
    );
    const columns = named.map((data) => Array.from(leafOf(data).values as Iterable<number>));
    const start = values.length;
    for (const [index, column] of columns.entries())
      for (const [at, value] of column.entries()) {
        const to = columns.length > 1 ? at * width + index : at;
        values[start + to] = bits === 16 && name !== 'row_sum' ? halfToNumber(value) : value;
      }
  }
  return values;
}

/** Every slice of `length` values at a stride of `inner`; `reduced` 0 is the rows. */
function* slicesOf(rows: number, shape: readonly number[], reduced: number): Generator<number[]> {
  const sizes = [rows, ...shape];
  const inner = product(sizes.slice(reduced + 1));
  const length = sizes[reduced]!;
  for (let outer = 0; outer < product(sizes.slice(0, reduced)); outer++)
    for (let at = 0; at < inner; at++)
      yield Array.from({ length }, (_, step) => (outer * length + step) * inner + at);
}

const isSpoiled = (row: readonly number[]): boolean =>
  row.some((x) => Number.isNaN(x) || x === INF) || row.every((x) => x === NEG);

function expectNear(found: number, exact: number, bits: Bits, what: string): void {
  if (Number.isNaN(exact) || exact === NEG) {
    expect(found, what).toBe(exact);
    return;
  }
  // Log-probabilities may lie below the lowest half.
  if (found === NEG && exact < -LARGEST[bits]) return;
  const ulp = Math.max(2 ** Math.floor(Math.log2(Math.abs(exact))) * EPSILON[bits], TINY[bits]);
  const off = Math.abs(found - exact) / ulp;
  if (!(off <= ULPS[bits])) expect.fail(`${what}: ${found} is ${off} ulp from ${exact}`);
}

async function expectRight(
  { form, shape, bits, logits }: { form: Form; shape: readonly number[]; bits: Bits; logits: number[] },
  dim: number,
  ...args: string[]
): Promise<Buffer> {
  const from = path.join(temporaryFolder(), 'in.arrow');
  fs.writeFileSync(from, file(form, shape, bits, logits));
  const common = [`--dim=${dim}`, '--op=both', '--on-invalid=keep', '--summary=-'];
  const { code, stdout, stderr } = await logitmill(['run', from, '-o', `${from}.out`, ...common, ...args]);
  expect(code, stderr).toBe(0);
  const written = fs.readFileSync(`${from}.out`);
  const width = product(shape);
  const probabilities = read(written, 'probs', width, bits);
  const logarithms = read(written, 'log_probs', width, bits);
  const sums = read(written, 'row_sum', 1, bits);
  expect([probabilities.length, logarithms.length]).toEqual([logits.length, logits.length]);
  const reduced = dim < 0 ? dim + shape.length + 1 : dim;
  const slices = [...slicesOf(logits.length / width, shape, reduced)];
  const spoiled: number[] = [];
  for (const [slice, places] of slices.entries()) {
    const row = places.map((at) => logits[at]!);
    if (isSpoiled(row)) spoiled.push(slice);
    const nothing = row.map(() => NAN);
    const reference = isSpoiled(row)
      ? { probabilities: nothing, logProbabilities: nothing }
      : referenceRow(row);
    for (const [index, at] of places.entries()) {
      expectNear(
        probabilities[at]!,
        reference.probabilities[index]!,
        bits,
        `probability ${at} of slice ${slice}`,
      );
      expectNear(
        logarithms[at]!,
        reference.logProbabilities[index]!,
        bits,
        `logarithm ${at} of slice ${slice}`,
      );
    }
    if (reduced > 0) expect(Number.isNaN(sums[slice]!)).toBe(isSpoiled(row));
  }
  // Slices of a row lie one after the other; with dim 0 each is a column.
  const perUnit = reduced === 0 ? 1 : slices.length / (logits.length / width);
  const units = new Set(spoiled.map((slice) => Math.floor(slice / perUnit)));
  const { validation } = JSON.parse(stdout);
  expect(validation.rows_invalid).toBe(units.size);
  expect(validation.first_invalid.map(({ row }: { row: number }) => row)).toEqual([...units].slice(0, 20));
  return written;
}

const WAYS: [Form, number[], number, string][] = [
  ['fixed', [6], 1, 'mirror'],
  ['fixed', [6], 1, 'wide'],
  ['fixed', [2, 3], 1, 'mirror'],
  ['fixed', [2, 3], 2, 'mirror'],
  ['list', [6], 1, 'mirror'],
  ['largeList', [6], 1, 'mirror'],
  ['wide', [6], 1, 'mirror'],
  ['wide', [6], 1, 'list'],
  ['fixed', [6], 0, 'mirror'],
  ['fixed', [6], 0, 'wide'],
  ['wide', [6], 0, 'mirror'],
  ['wide', [6], 0, 'list'],
];

describe.each([
  16, 32, 64,
] as const)('float%i: NaN, infinities, zeros, the largest and the tiniest', (bits) => {
  test.each(['relaxed', 'baseline'])('%s: in every form, dim and layout', async (kernel) => {
    for (const [form, shape, dim, layout] of WAYS) {
      // Another layout is made of the same results.
      if (kernel === 'baseline' && layout !== 'mirror') continue;
      const all = logitsOf(48, product(shape), bits);
      // Of columns over the rows some have to be sound.
      const logits = dim === 0 ? all.map((x, at) => (at % 6 < 3 ? (Number.isFinite(x) ? x : 0) : x)) : all;
      await expectRight({ form, shape, bits, logits }, dim, '--kernel', kernel, '--layout', layout);
    }
  });

  test('five dimensions, each of them, counted from either end', async () => {
    const shape = [2, 3, 2, 5];
    const logits = logitsOf(9, product(shape), bits);
    for (let dim = 0; dim <= shape.length; dim++) {
      const found = await expectRight({ form: 'fixed', shape, bits, logits }, dim);
      if (bits !== 32) continue;
      const again = await expectRight({ form: 'fixed', shape, bits, logits }, dim - shape.length - 1);
      expect(again.equals(found)).toBe(true);
    }
  });
});
