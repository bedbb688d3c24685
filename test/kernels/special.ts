import { expect } from 'vitest';
import type { SoftmaxKernels } from '../../src/kernels.ts';
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
