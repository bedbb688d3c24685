import { describe, expect, test } from 'vitest';
import { type DerivedKernels, STATISTICS_BYTES, STATISTICS_UNIT } from '../../src/kernels/derived.ts';
import { type Exact, exactSlice, FLOAT32, FLOAT64, ulps } from './exact.ts';
import { BUILDS, KernelMemory, random } from './harness.ts';
import { type Elements, float16, float32, float64 } from './rows.ts';

const memory = new KernelMemory(32);
const { NaN: NAN, POSITIVE_INFINITY: INF, NEGATIVE_INFINITY: NEG } = Number;

/** In units of the last place of float32 though stored in float64; of float64, in its own. LOGITMILL_SHOW=1 prints the worst. */
const DTYPES: [string, Elements, most: number][] = [
  ['float16', float16, 2],
  ['float32', float32, 2],
  ['float64', float64, 64],
];
const COLUMNS = ['entropy', 'logSumExp', 'largest', 'margin'] as const;

function matrix(seed: number, rows: number, classes: number, spread: number, offset = 0): number[][] {
  const next = random(seed);
  return Array.from({ length: rows }, () =>
    Array.from({ length: classes }, () => (next() - 0.5) * spread + offset),
  );
}

const MATRICES: [string, number[][], temperature: number][] = [
  ...[1, 2, 3, 5, 10, 64, 65, 255, 256, 257, 1000].map((classes): [string, number[][], number] => [
    `${classes} classes`,
    matrix(classes, 6, classes, 20),
    1,
  ]),
  ['far apart', matrix(1, 6, 70, 230), 1],
  ['very far apart', matrix(2, 6, 70, 6e4), 1],
  ['near each other', matrix(3, 6, 70, 1e-3), 1],
  ['far from 0', matrix(4, 6, 9, 3, 500), 1],
  ['a temperature', matrix(5, 6, 67, 60, -5), 0.7],
  ['a high temperature', matrix(6, 6, 9, 300), 50],
  ['a low temperature', matrix(7, 5, 70, 2), 0.01],
  [
    'the sure winner',
    [
      [20, 0, 0, 0],
      [60, 0, 0, 0],
      [100, 0, 0, 0],
      [0, 0, 90, 0.5],
      [7, NEG, NEG, NEG],
    ],
    1,
  ],
  [
    'equal ones',
    [
      [3, 3, 3],
      [0, -0, 0],
      [5, 5, 1],
      [1, 5, 5],
    ],
    1,
  ],
  [
    'masked',
    [
      [NEG, 1, NEG, 2],
      [NEG, NEG, 4, NEG],
      [1, NEG, NEG, NEG],
      [NEG, 2, 2, NEG],
    ],
    1,
  ],
  [
    'none',
    [
      [NAN, 1],
      [1, NAN],
      [INF, 1],
      [NEG, NEG],
      [INF, NAN],
      [NEG, NAN],
    ],
    1,
  ],
];

describe.each(DTYPES)('statistics of %s', (dtype, elements, most) => {
  const { size } = elements;
  const format = dtype === 'float64' ? FLOAT64 : FLOAT32;
  const place = (values: readonly number[]): number => {
    const address = memory.take(values.length * size + 64);
    values.forEach((value, index) => {
      elements.set(memory, address + index * size, value);
    });
    return address;
  };

  test.each(BUILDS)('entropy, log-sum-exp, largest probability and margin, in every form, %s', (build) => {
    const kernels = memory.load<DerivedKernels>('derived', build);
    const worst = new Map<string, number>();
    for (const [name, rows, temperature] of MATRICES) {
      memory.release();
      kernels.set_temperature(temperature);
      const classes = rows[0]!.length;
      const source = place(rows.flat());
      const logits = rows.map((row, index) =>
        row.map((_, at) => elements.get(memory, source + (index * classes + at) * size)),
      );
      const bytes = rows.length * STATISTICS_BYTES;
      const out = memory.take(bytes + 8);
      const run = (compute: () => void): Buffer => {
        memory.bytes(out, bytes + 8).fill(0xa5);
        compute();
        expect(memory.bytes(out + bytes, 8).every((byte) => byte === 0xa5)).toBe(true);
        return Buffer.from(memory.bytes(out, bytes).slice());
      };
      const values = (): number[][] => {
        const result = memory.take(rows.length * 8);
        return (['entropies', 'log_sum_exps', 'largest_probabilities', 'margins'] as const).map((column) => {
          kernels[column](out, rows.length, result);
          return [...memory.doubles(result, rows.length)];
        });
      };
      const check = (): void => {
        values().forEach((column, kind) => {
          column.forEach((value, row) => {
            const exact = exactSlice(logits[row]!, temperature);
            const what = COLUMNS[kind]!;
            if (!exact) {
              expect(value, `${name}, ${what} ${row}`).toBeNaN();
              return;
            }
            const off = ulps(value, exact[what] as Exact, format);
            // Where a sum and the largest logit cancel, in absolute terms.
            const near = what === 'logSumExp' && Math.abs(value) < 0.25 && format === FLOAT32;
            const bound = near ? 2 ** -26 / Math.abs(value) / 2 ** -24 + 2 : most;
            expect(off, `${name}, ${what} of row ${row}: ${value}`).toBeLessThanOrEqual(bound);
            if (!near) worst.set(what, Math.max(worst.get(what) ?? 0, off));
            if (what === 'entropy') expect(value).toBeGreaterThanOrEqual(0);
          });
        });
      };
      const first = run(() => kernels.statistics_rows(size, source, rows.length, classes, out));
      check();
      const offsets = memory.take((rows.length + 1) * 4);
      for (let row = 0; row <= rows.length; row++)
        memory.view.setInt32(offsets + row * 4, row * classes, true);
      expect(
        run(() => kernels.statistics_ragged(size, source, offsets, 4, rows.length, out)).equals(first),
      ).toBe(true);
      const one = run(() =>
        rows.forEach((_, row) => {
          kernels.statistics_rows(
            size,
            source + row * classes * size,
            1,
            classes,
            out + row * STATISTICS_BYTES,
          );
        }),
      );
      expect(one.equals(first)).toBe(true);
      const inPieces = (unit: number): Buffer =>
        run(() =>
          rows.forEach((_, row) => {
            kernels.statistics_begin(size);
            for (const step of [kernels.statistics_extremes, kernels.statistics_sums])
              for (let at = 0; at < classes; at += unit)
                step(size, source + (row * classes + at) * size, Math.min(unit, classes - at));
            kernels.statistics_end(size, out + row * STATISTICS_BYTES);
          }),
        );
      const pieces = inPieces(STATISTICS_UNIT);
      check();
      expect(inPieces(2 * STATISTICS_UNIT).equals(pieces)).toBe(true);
      if (classes > 64) expect(pieces.equals(first)).toBe(true);
      const columns = place(logits[0]!.flatMap((_, index) => logits.map((row) => row[index]!)));
      run(() => kernels.statistics_columns(size, columns, rows.length * size, rows.length, classes, out));
      check();
    }
    if (process.env.LOGITMILL_SHOW) console.log(dtype, build, Object.fromEntries(worst));
  });

  test.each(BUILDS)('a slice of very many classes, %s', (build) => {
    const kernels = memory.load<DerivedKernels>('derived', build);
    memory.release();
    kernels.set_temperature(1);
    const [row] = matrix(9, 1, 5_001, 12);
    const source = place(row!);
    const logits = row!.map((_, index) => elements.get(memory, source + index * size));
    const out = memory.take(64);
    const result = memory.take(8);
    const exact = exactSlice(logits)!;
    for (const compute of [
      () => kernels.statistics_rows(size, source, 1, logits.length, out),
      () => kernels.statistics_columns(size, source, size, 1, logits.length, out),
    ]) {
      compute();
      kernels.entropies(out, 1, result);
      expect(ulps(memory.doubles(result, 1)[0]!, exact.entropy, format)).toBeLessThanOrEqual(most);
      kernels.log_sum_exps(out, 1, result);
      expect(ulps(memory.doubles(result, 1)[0]!, exact.logSumExp, format)).toBeLessThanOrEqual(most);
    }
  });
});
