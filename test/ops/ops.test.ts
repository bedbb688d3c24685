import { describe, expect, test } from 'vitest';
import type { SoftmaxKernels } from '../../src/kernels/softmax.ts';
import { OPS } from '../../src/ops/ops.ts';
import type { Dtype } from '../../src/options/types.ts';
import { distance, exactSum, FLOAT16, FLOAT32, FLOAT64, type Format, ulps } from '../kernels/exact.ts';
import { BUILDS, KernelMemory, random } from '../kernels/harness.ts';
import { type Elements, float16, float32, float64 } from '../kernels/rows.ts';
import { FORMS } from './forms.ts';
import { REFERENCES } from './references.ts';

/**
 * What every op must pass, in every form, dtype and build: the exact results within 2 ulp (of a half: what rounding
 * takes), the reasons of invalid rows, and sums that are those of what is stored.
 */
const memory = new KernelMemory(32);
const { NaN: NAN, POSITIVE_INFINITY: INF, NEGATIVE_INFINITY: NEG } = Number;

const DTYPES: Readonly<Record<Dtype, { elements: Elements; format: Format; ulps: number }>> = {
  float16: { elements: float16, format: FLOAT16, ulps: 0.501 },
  float32: { elements: float32, format: FLOAT32, ulps: 2 },
  float64: { elements: float64, format: FLOAT64, ulps: 2 },
};

function logits(seed: number, rows: number, classes: number, spread: number, offset = 0): number[][] {
  const next = random(seed);
  return Array.from({ length: rows }, () =>
    Array.from({ length: classes }, () => (next() - 0.5) * spread + offset),
  );
}

/** Rows of one length: every number of lanes that may be left over, near 0 and far from it, and what is special. */
const MATRICES: [string, number[][], temperature: number][] = [
  ...[1, 2, 3, 5, 9, 64, 65, 131].map((classes): [string, number[][], number] => [
    `${classes} classes`,
    logits(classes, 7, classes, 20),
    1,
  ]),
  ['subnormal results', logits(1, 5, 70, 230), 1],
  ['far from 0', logits(2, 5, 9, 3, 500), 1],
  ['far below 0', logits(6, 9, 67, 3000, -700), 1],
  ['near 0', logits(7, 9, 67, 1e-5), 1],
  ['a temperature', logits(3, 6, 67, 60, -5), 0.7],
  ['a high temperature', logits(4, 6, 9, 300), 50],
  ['the sure winner', logits(5, 4, 4, 2).map(([, ...rest]) => [20, ...rest]), 1],
  [
    'special values',
    [
      [0, NEG, 3, NEG],
      [NEG, NEG, NEG, NEG],
      [1, INF, 2, 0],
      [1, INF, NAN, 0],
      [NAN, NAN, NAN, NAN],
      [-0, 0, -0, 0],
      [INF, NEG, INF, NEG],
    ],
    1,
  ],
];

/** An op that is computed as another one has no kernels of its own. */
const CASES = Object.values(OPS)
  .filter(({ computes }) => computes === undefined)
  .flatMap((op) =>
    (Object.keys(DTYPES) as Dtype[]).flatMap((dtype) => BUILDS.map((build) => ({ op, dtype, build }))),
  );

describe.each(CASES)('$op.name, $dtype, $build', ({ op, dtype, build }) => {
  const { elements, format, ulps: most } = DTYPES[dtype];
  const kernels = memory.load<SoftmaxKernels>(dtype, build);
  const stored = (value: number): number => {
    memory.release();
    const at = memory.take(8);
    elements.set(memory, at, value);
    return elements.get(memory, at);
  };

  test.each(Object.entries(FORMS))('%s', (_, run) => {
    for (const [name, given, temperature] of MATRICES) {
      const rows = given.map((row) => row.map(stored));
      kernels.set_temperature(temperature);
      const { values, sums, reasons } = run(memory, kernels, elements, op, rows);
      rows.forEach((row, index) => {
        const exact = REFERENCES[op.name](row, temperature);
        expect(reasons[index] ?? 0, `${name}, row ${index}`).toBe(exact.reason);
        if (exact.values.length === 0) {
          for (const result of values) expect(result[index]!.every(Number.isNaN)).toBe(true);
          return;
        }
        exact.values.forEach((result, kind) => {
          result.forEach((one, column) => {
            const value = values[kind]![index]![column]!;
            const message = `${name}, ${op.results[kind]} of row ${index}, column ${column}: ${value}`;
            if (typeof one === 'number') expect(value, message).toBe(one);
            else expect(ulps(value, one, format), message).toBeLessThanOrEqual(most);
          });
        });
        if (op.sums === 'nothing') {
          if (exact.reason === 0) expect(sums[index], name).toBe(1);
          return;
        }
        const summed = values[0]![index]!.map((value) => (op.sums === 'values' ? value : Math.exp(value)));
        expect(Math.abs(distance(exactSum(summed), sums[index]!)), name).toBeLessThan(2 ** -25);
        expect(Math.abs(sums[index]! - 1)).toBeLessThanOrEqual(op.tolerance(dtype, row.length));
      });
    }
  });

  test('rows of several lengths, and none', () => {
    const rows = [3, 3, 0, 1, 70, 70, 2].map((length, index) => logits(index, 1, length, 30)[0]!.map(stored));
    kernels.set_temperature(1);
    const { values, sums } = FORMS.ragged(memory, kernels, elements, op, rows);
    rows.forEach((row, index) => {
      const alone = FORMS.ragged(memory, kernels, elements, op, [row]);
      expect(alone.values.map((result) => result[0])).toEqual(values.map((result) => result[index]));
      expect(alone.sums[0]).toBe(sums[index]);
      if (row.length === 0) expect(sums[index]).toBe(op.sums === 'nothing' ? 1 : 0);
    });
  });
});
