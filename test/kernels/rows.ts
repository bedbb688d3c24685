import { OP_CODES, type SoftmaxKernels } from '../../src/kernels/softmax.ts';
import { exactToHalf, halfToNumber } from './half.ts';
import type { KernelMemory } from './harness.ts';

/** Reads and writes elements of one dtype in a test memory, as JavaScript numbers. */
export interface Elements {
  size: number;
  get(memory: KernelMemory, address: number): number;
  set(memory: KernelMemory, address: number, value: number): void;
}

export const float64: Elements = {
  size: 8,
  get: (memory, address) => memory.view.getFloat64(address, true),
  set: (memory, address, value) => memory.view.setFloat64(address, value, true),
};

export const float32: Elements = {
  size: 4,
  get: (memory, address) => memory.view.getFloat32(address, true),
  set: (memory, address, value) => memory.view.setFloat32(address, value, true),
};

const HALVES = Float64Array.from({ length: 65_536 }, (_, bits) => halfToNumber(bits));
const BITS_OF_HALVES = new Map(Array.from(HALVES, (value, bits) => [value, bits] as const));

/** Numbers that are no halves are rounded. */
export const float16: Elements = {
  size: 2,
  get: (memory, address) => HALVES[memory.view.getUint16(address, true)]!,
  set: (memory, address, value) => {
    // A map does not tell -0 from 0.
    const known = value === 0 || Number.isNaN(value) ? undefined : BITS_OF_HALVES.get(value);
    memory.view.setUint16(address, known ?? exactToHalf(value), true);
  },
};

export interface Result {
  probabilities: number[][];
  logarithms: number[][];
  /** Of the probabilities, and of the exponentials of the log-probabilities. */
  sums: number[];
  logSums: number[];
  sumBits: bigint[];
  difference: number;
}

export type Layout = 'rows' | 'columns';

/**
 * Runs all three ops over the same rows: softmax into a target of its own, log-softmax in place, both with the
 * probabilities in place. Checks that `both` stores the same bits as the two ops alone.
 */
export function runAll(
  memory: KernelMemory,
  kernels: SoftmaxKernels,
  elements: Elements,
  layout: Layout,
  rows: readonly ArrayLike<number>[],
): Result {
  memory.release();
  const count = rows.length;
  const classes = rows[0]?.length ?? 0;
  const { size } = elements;
  const pad = 64;
  const stride = count * size + pad;
  const bytes = layout === 'rows' ? count * classes * size : classes * stride;
  const guard = 64;
  const take = (length: number) => {
    const address = memory.take(length + 2 * guard) + guard;
    memory.bytes(address - guard, length + 2 * guard).fill(0xa5);
    return address;
  };
  const at = (base: number, row: number, column: number) =>
    base + (layout === 'rows' ? (row * classes + column) * size : column * stride + row * size);
  const fill = (base: number) => {
    for (let i = 0; i < count; i++)
      for (let j = 0; j < classes; j++) elements.set(memory, at(base, i, j), rows[i]![j]!);
  };
  const collect = (base: number) =>
    rows.map((_, i) => Array.from({ length: classes }, (_, j) => elements.get(memory, at(base, i, j))));
  const [source, target, inPlace, both, logBoth] = [0, 1, 2, 3, 4].map(() => take(bytes)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const [sums, logSums, bothSums] = [0, 1, 2].map(() => take(count * 8)) as [number, number, number];
  for (const base of [source, inPlace, both]) fill(base);
  const compute = (op: keyof typeof OP_CODES, from: number, to: number, logs: number, end: number): number =>
    layout === 'rows'
      ? kernels.compute_rows(OP_CODES[op], from, to, logs, count, classes, end)
      : kernels.compute_columns(OP_CODES[op], from, stride, to, stride, logs, stride, count, classes, end);
  compute('softmax', source, target, 0, sums);
  compute('log_softmax', inPlace, inPlace, 0, logSums);
  const difference = compute('both', both, both, logBoth, bothSums);
  const same = (a: number, b: number, length: number) =>
    Buffer.compare(memory.bytes(a, length), memory.bytes(b, length)) === 0;
  if (!same(target, both, bytes)) throw new Error('both stores other probabilities than softmax');
  if (!same(inPlace, logBoth, bytes)) throw new Error('both stores other logarithms than log_softmax');
  if (!same(sums, bothSums, count * 8)) throw new Error('both stores other sums than softmax');
  const again = take(count * 8);
  const sumAgain = (exp: boolean, base: number) => {
    if (layout === 'rows') kernels.sum_rows(exp ? 1 : 0, base, count, classes, again);
    else kernels.sum_columns(exp ? 1 : 0, base, stride, count, classes, again);
    const first = memory.doubles(exp ? logSums : sums, count);
    return memory.doubles(again, count).every((sum, i) => Object.is(sum, first[i]));
  };
  if (!sumAgain(false, target)) throw new Error('stored probabilities have another sum');
  if (!sumAgain(true, inPlace)) throw new Error('stored logarithms have another sum');
  for (const [base, length] of [
    ...[source, target, inPlace, both, logBoth].map((base) => [base, bytes] as const),
    ...[sums, logSums, bothSums, again].map((base) => [base, count * 8] as const),
  ])
    for (const start of [base - guard, base + length])
      if (memory.bytes(start, guard).some((byte) => byte !== 0xa5))
        throw new Error('a kernel wrote outside its ranges');
  if (layout === 'columns')
    for (const base of [target, inPlace, both, logBoth])
      for (let j = 0; j < classes; j++)
        if (memory.bytes(base + j * stride + count * size, pad).some((byte) => byte !== 0xa5))
          throw new Error('a kernel wrote between columns');
  return {
    probabilities: collect(target),
    logarithms: collect(inPlace),
    sums: Array.from(memory.doubles(sums, count)),
    logSums: Array.from(memory.doubles(logSums, count)),
    sumBits: Array.from(memory.words(sums, count)),
    difference,
  };
}
