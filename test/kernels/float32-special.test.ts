import { describe, expect, it } from 'vitest';
import type { SoftmaxKernels } from '../../src/kernels.ts';
import { BUILDS, KernelMemory } from './harness.ts';

const memory = new KernelMemory(16);
const [source, target, sums] = [memory.take(4096), memory.take(4096), memory.take(64)];

const reason = (code: number): bigint => 0x7ff8000000000000n | BigInt(code);

describe.each(BUILDS)('float32 special values, %s', (build) => {
  const kernels = memory.load<SoftmaxKernels>('float32', build);

  function run(
    op: 'softmax' | 'log_softmax',
    row: number[],
  ): { values: number[]; sum: number; bits: bigint } {
    memory.floats(source, row.length).set(row);
    kernels[`${op}_rows`](source, target, 1, row.length, sums);
    return {
      values: [...memory.floats(target, row.length)],
      sum: memory.doubles(sums, 1)[0]!,
      bits: memory.words(sums, 1)[0]!,
    };
  }

  it('gives a sure winner its tiny log-probability', () => {
    expect(run('log_softmax', [20, 0, 0, 0]).values[0]).toBe(Math.fround(-Math.log1p(3 * Math.exp(-20))));
    expect(run('softmax', [20, 0, 0, 0]).values[0]).toBe(1);
  });

  it('lets results sink through the subnormal numbers to zero', () => {
    expect(run('softmax', [0, -103]).values).toEqual([1, 2 ** -149]);
    expect(run('softmax', [0, -104]).values).toEqual([1, 0]);
    expect(run('log_softmax', [0, -104]).values[1]).toBe(-104);
    expect(run('log_softmax', [3e38, -3e38]).values).toEqual([0, Number.NEGATIVE_INFINITY]);
    expect(run('log_softmax', [1e38, -2e38]).values).toEqual([
      0,
      Math.fround(Math.fround(-2e38) - Math.fround(1e38)),
    ]);
  });

  it('takes -inf beside a finite maximum for a probability of zero', () => {
    const minusInfinity = Number.NEGATIVE_INFINITY;
    expect(run('softmax', [minusInfinity, 1, minusInfinity, 1]).values).toEqual([0, 0.5, 0, 0.5]);
    expect(run('log_softmax', [minusInfinity, 1, minusInfinity, 1]).values).toEqual([
      minusInfinity,
      Math.fround(-Math.LN2),
      minusInfinity,
      Math.fround(-Math.LN2),
    ]);
  });

  it.each(['softmax', 'log_softmax'] as const)('says why a row is invalid: %s', (op) => {
    const inf = Number.POSITIVE_INFINITY;
    const cases: [number[], number][] = [
      [[1, Number.NaN, 2], 1],
      [[inf, Number.NaN, -inf], 1],
      [[-inf, -inf, Number.NaN], 1],
      [[1, inf, 2], 2],
      [[inf, inf], 2],
      [[-inf, inf], 2],
      [[-inf], 3],
      [[-inf, -inf, -inf, -inf, -inf], 3],
    ];
    for (const [row, code] of cases) {
      const { values, bits } = run(op, row);
      expect(values.every(Number.isNaN)).toBe(true);
      expect(bits).toBe(reason(code));
    }
    expect(run(op, []).sum).toBe(0);
  });
});
