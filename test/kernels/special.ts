import { expect } from 'vitest';
import type { SoftmaxKernels } from '../../src/kernels/softmax.ts';
import type { KernelMemory } from './harness.ts';
import { type Elements, runAll } from './rows.ts';

const REASON = 0x7ff8000000000000n;

/**
 * NaN, +inf and -inf at every place of rows of several widths: the row is NaN throughout, its sum says why, and its
 * neighbours are what they are without it.
 */
export function expectSpecialRows(memory: KernelMemory, kernels: SoftmaxKernels, elements: Elements): void {
  for (const layout of ['rows', 'columns'] as const)
    for (const classes of [1, 2, 3, 4, 5, 7, 8, 9, 17, 64, 67]) {
      const plain = Array.from({ length: classes }, (_, j) => (j % 5) - 2 + j / 8);
      const good = runAll(memory, kernels, elements, layout, [plain]);
      for (let place = 0; place < classes; place += place >= 9 && place < classes - 6 ? 7 : 1) {
        const withAt = (value: number, fill?: number) =>
          plain.map((x, j) => (j === place ? value : (fill ?? x)));
        const { POSITIVE_INFINITY: INF, NEGATIVE_INFINITY: NEG, NaN: NAN } = Number;
        const bad: [number[], bigint][] = [
          [withAt(NAN), 1n],
          [withAt(NAN, INF), 1n],
          [withAt(NAN, NEG), 1n],
          [withAt(INF), 2n],
          [withAt(INF, NEG), 2n],
          [withAt(NEG, NEG), 3n],
        ];
        for (const [row, reason] of bad) {
          const result = runAll(memory, kernels, elements, layout, [plain, row, plain, row, row, plain, row]);
          for (const i of [1, 3, 4, 6]) {
            expect(result.probabilities[i]!.every(Number.isNaN)).toBe(true);
            expect(result.logarithms[i]!.every(Number.isNaN)).toBe(true);
            expect(result.sumBits[i]! - REASON).toBe(reason);
          }
          for (const i of [0, 2, 5]) {
            expect(result.probabilities[i]).toEqual(good.probabilities[0]);
            expect(result.logarithms[i]).toEqual(good.logarithms[0]);
            expect(result.sums[i]).toBe(good.sums[0]);
          }
          expect(result.difference).toBe(good.difference);
        }
      }
    }
}

/** The finite rows of the table in docs/numbers.md, among them the sure winner and the last value before 0. */
export function expectTableOfValues(memory: KernelMemory, kernels: SoftmaxKernels, elements: Elements): void {
  const half = elements.size === 2;
  const large = half ? 60_000 : 1e8;
  const round = (x: number) => (elements.size === 4 ? Math.fround(x) : x);
  for (const layout of ['rows', 'columns'] as const)
    for (const copies of [1, 6]) {
      // Four classes in a row, alone and among others.
      const run = (row: number[]) => {
        const { probabilities, logarithms, sums } = runAll(
          memory,
          kernels,
          elements,
          layout,
          Array.from({ length: copies }, () => row),
        );
        expect(new Set(probabilities.map(String)).size).toBe(1);
        expect(new Set(logarithms.map(String)).size).toBe(1);
        return { p: probabilities[0]!, lp: logarithms[0]!, sum: sums[0]! };
      };
      const { NEGATIVE_INFINITY: NEG } = Number;
      const masked = run([NEG, 1, NEG, 1]);
      expect(masked.p).toEqual([0, 0.5, 0, 0.5]);
      expect([masked.lp[0], masked.lp[2]]).toEqual([NEG, NEG]);
      expect(masked.sum).toBe(1);
      const zeros = run([0, -0, 0, -0]);
      expect(zeros.p).toEqual([0.25, 0.25, 0.25, 0.25]);
      const equal = run([large, large, large, large]);
      expect(equal.p).toEqual(zeros.p);
      expect(equal.lp).toEqual(zeros.lp);
      const last = run([0, -104, -104, NEG]);
      expect(last.p[0]).toBe(1);
      expect(last.p[1]).toBe(elements.size === 8 ? Math.exp(-104) : 0);
      expect(last.lp.slice(1)).toEqual([-104, -104, NEG]);
      const winner = run([20, 0, 0, 0]);
      if (half) expect(winner.lp[0]).toBe(-0);
      else expect(winner.lp[0]).toBe(round(-Math.log1p(3 * Math.exp(-20))));
      if (elements.size !== 8) expect(winner.p[0]).toBe(1);
    }
}
