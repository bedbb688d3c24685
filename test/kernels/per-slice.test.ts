import { describe, expect, test } from 'vitest';
import {
  type DerivedKernels,
  LABELLED_BYTES,
  NUCLEUS_WORK,
  STATISTICS_BYTES,
  topKWork,
} from '../../src/kernels/derived.ts';
import { type Exact, exactSlice, FLOAT32, FLOAT64, ulps } from './exact.ts';
import { BUILDS, KernelMemory, random } from './harness.ts';
import { type Elements, float16, float32, float64 } from './rows.ts';

const memory = new KernelMemory(32);
const { NaN: NAN, POSITIVE_INFINITY: INF, NEGATIVE_INFINITY: NEG } = Number;
const DTYPES: [string, Elements, most: number][] = [
  ['float16', float16, 2],
  ['float32', float32, 2],
  ['float64', float64, 64],
];

/** Whole numbers of few values are often equal. */
function matrix(seed: number, rows: number, classes: number, spread: number, step = 0): number[][] {
  const next = random(seed);
  const one = (): number => (next() - 0.5) * spread;
  return Array.from({ length: rows }, () =>
    Array.from({ length: classes }, () => (step === 0 ? one() : Math.round(one() / step) * step)),
  );
}

const MATRICES: [string, number[][], temperature: number][] = [
  ...[1, 2, 3, 5, 16, 31, 64, 65, 100, 257].map((classes): [string, number[][], number] => [
    `${classes} classes`,
    matrix(classes, 5, classes, 20),
    1,
  ]),
  ['many equal ones', matrix(1, 7, 100, 12, 2), 1],
  ['all equal', [Array(70).fill(2), Array(70).fill(NEG).with(3, 1)], 1],
  [
    'rising and falling',
    [Array.from({ length: 90 }, (_, i) => i / 4), Array.from({ length: 90 }, (_, i) => -i / 4)],
    1,
  ],
  ['masked', matrix(2, 5, 80, 10).map((row) => row.map((x, i) => (i % 3 ? NEG : x))), 1],
  [
    'the sure winner',
    [
      [30, 0, 0, 0],
      [0, 60, 1, 1],
      [0, 0, 100, 1],
    ],
    1,
  ],
  ['a temperature', matrix(5, 5, 67, 60, 0), 0.7],
  ['far apart', matrix(6, 5, 67, 200, 0), 1],
];

/** Classes by falling logit, equal ones by rising class. */
const order = (row: readonly number[]): number[] =>
  row.map((_, index) => index).sort((a, b) => (row[a] === row[b] ? a - b : row[a]! > row[b]! ? -1 : 1));

const sumOf = (parts: readonly (Exact | null)[]): Exact => ({
  integer: parts.reduce((sum, part) => sum + (part ? part.integer << BigInt(part.exponent + 4000) : 0n), 0n),
  exponent: -4000,
});

describe.each(DTYPES)('largest logits and labels, %s', (dtype, elements, most) => {
  const { size } = elements;
  const format = dtype === 'float64' ? FLOAT64 : FLOAT32;
  const place = (values: readonly number[]): number => {
    const address = memory.take(values.length * size + 64);
    values.forEach((value, index) => {
      elements.set(memory, address + index * size, value);
    });
    return address;
  };
  const ints = (address: number, count: number): number[] => [
    ...new Int32Array(memory.memory.buffer, address, count),
  ];

  /** The three forms of a function over the same rows; each call is given its place of source and the form's arguments. */
  function inEveryForm(kernels: DerivedKernels, rows: readonly number[][]) {
    const classes = rows[0]!.length;
    const source = place(rows.flat());
    const columns = place(
      Array.from({ length: classes }, (_, index) => rows.map((row) => row[index]!)).flat(),
    );
    const offsets = memory.take((rows.length + 1) * 8);
    for (let row = 0; row <= rows.length; row++)
      memory.view.setBigInt64(offsets + row * 8, BigInt(7 + row * classes), true);
    const stride = rows.length * size;
    type Name = 'nucleus' | 'topk' | 'topk_rest' | 'gather' | 'label' | 'statistics';
    return (name: Name) => {
      const all = kernels as unknown as Record<string, (...args: number[]) => void>;
      return [
        (...rest: number[]) => all[`${name}_rows`]!(size, source, rows.length, classes, ...rest),
        (...rest: number[]) => all[`${name}_columns`]!(size, columns, stride, rows.length, classes, ...rest),
        (...rest: number[]) => all[`${name}_ragged`]!(size, source, offsets, 8, rows.length, ...rest),
      ];
    };
  }

  test.each(BUILDS)('the k largest, their values and what is outside, %s', (build) => {
    const kernels = memory.load<DerivedKernels>('derived', build);
    let worst = 0;
    for (const [name, given, temperature] of MATRICES) {
      const classes = given[0]!.length;
      for (const k of [1, 2, 10, classes - 1, classes].filter((n) => n >= 1 && n <= classes)) {
        memory.release();
        kernels.set_temperature(temperature);
        const at = place(given.flat());
        const rows = given.map((row, index) =>
          row.map((_, i) => elements.get(memory, at + (index * classes + i) * size)),
        );
        const forms = inEveryForm(kernels, rows);
        const [out, work] = [memory.take(rows.length * k * 4 + 4), memory.take(topKWork(k))];
        const statistics = memory.take(rows.length * STATISTICS_BYTES);
        const [values, rests] = [memory.take(rows.length * k * size), memory.take(rows.length * 8)];
        const expected = rows.map((row) => order(row).slice(0, k));
        forms('topk').forEach((topk, form) => {
          memory.bytes(out, rows.length * k * 4 + 4).fill(0xa5);
          topk(k, work, out);
          expect(ints(out, rows.length * k + 1), name).toEqual([...expected.flat(), 0xa5a5a5a5 | 0]);
          forms('gather')[form]!(k, out, values);
          const gathered = Array.from({ length: rows.length * k }, (_, index) =>
            elements.get(memory, values + index * size),
          );
          expect(gathered).toEqual(expected.flatMap((ids, row) => ids.map((id) => rows[row]![id])));
          forms('statistics')[form]!(statistics);
          forms('topk_rest')[form]!(k, out, statistics, rests);
          memory.doubles(rests, rows.length).forEach((rest, row) => {
            const exact = exactSlice(rows[row]!, temperature)!;
            const outside = order(rows[row]!)
              .slice(k)
              .map((id) => exact.probability(id));
            const off = ulps(rest, sumOf(outside), format);
            worst = Math.max(worst, off);
            expect(off, `${name}, k ${k}, row ${row}: ${rest}`).toBeLessThanOrEqual(most);
          });
        });
        rows.forEach((row, index) => {
          kernels.topk_begin(k, work);
          for (let from = 0; from < classes; from += 37)
            kernels.topk_piece(size, at + (index * classes + from) * size, Math.min(37, classes - from));
          kernels.topk_end(out);
          expect(ints(out, k)).toEqual(expected[index]);
          const last = expected[index]!.at(-1)!;
          const ofRow = memory.take(STATISTICS_BYTES);
          kernels.statistics_rows(size, at + index * classes * size, 1, classes, ofRow);
          kernels.topk_rest_rows(size, at + index * classes * size, 1, classes, k, out, ofRow, rests);
          const [whole] = memory.doubles(rests, 1);
          kernels.topk_rest_begin(ofRow, row[last]!, last);
          for (let from = 0; from < classes; from += 256)
            kernels.topk_rest_piece(
              size,
              at + (index * classes + from) * size,
              Math.min(256, classes - from),
            );
          kernels.topk_rest_end(ofRow, rests);
          expect(memory.doubles(rests, 1)[0]).toBe(whole);
        });
      }
    }
    if (process.env.LOGITMILL_SHOW) console.log(dtype, build, 'topk_rest', worst);
  });

  test.each(BUILDS)('labels: logit, rank, probability and its logarithm, %s', (build) => {
    const kernels = memory.load<DerivedKernels>('derived', build);
    let worst = [0, 0];
    for (const [name, given, temperature] of MATRICES) {
      memory.release();
      kernels.set_temperature(temperature);
      const classes = given[0]!.length;
      const at = place(given.flat());
      const rows = given.map((row, index) =>
        row.map((_, i) => elements.get(memory, at + (index * classes + i) * size)),
      );
      const forms = inEveryForm(kernels, rows);
      const [labels, labelled] = [memory.take(rows.length * 4), memory.take(rows.length * LABELLED_BYTES)];
      const [statistics, out] = [memory.take(rows.length * STATISTICS_BYTES), memory.take(rows.length * 8)];
      for (const shift of [0, 1, 7, 60]) {
        const chosen = rows.map((row, index) => order(row)[(shift + index) % classes]!);
        if (shift === 7) chosen[0] = shift % 2 ? -1 : classes;
        new Int32Array(memory.memory.buffer, labels, rows.length).set(chosen);
        forms('label').forEach((label, form) => {
          label(labels, labelled);
          forms('statistics')[form]!(statistics);
          rows.forEach((row, index) => {
            const [logit, rank] = [
              memory.view.getFloat64(labelled + index * LABELLED_BYTES, true),
              memory.view.getInt32(labelled + index * LABELLED_BYTES + 8, true),
            ];
            if (chosen[index]! < 0) {
              expect([logit, rank]).toEqual([NAN, 0]);
              return;
            }
            expect(logit).toBe(row[chosen[index]!]);
            expect(rank).toBe(1 + row.filter((x) => x > logit).length);
          });
          const columns = (
            ['label_log_probabilities', 'negative_log_likelihoods', 'label_probabilities'] as const
          ).map((column) => {
            kernels[column](statistics, labelled, rows.length, out);
            return [...memory.doubles(out, rows.length)];
          });
          rows.forEach((row, index) => {
            const [log, nll, probability] = columns.map((column) => column[index]!) as [
              number,
              number,
              number,
            ];
            const id = chosen[index]!;
            if (id < 0) {
              expect([log, nll, probability]).toEqual([NAN, NAN, NAN]);
              return;
            }
            const exact = exactSlice(row, temperature)!;
            const exactLog = exact.logProbability(id);
            if (exactLog === null) {
              expect([log, nll, probability]).toEqual([NEG, INF, 0]);
              return;
            }
            const off = [ulps(log, exactLog, format), ulps(probability, exact.probability(id)!, format)];
            worst = worst.map((most, kind) => Math.max(most, off[kind]!));
            const message = `${name}, row ${index}, class ${id}: ${log}, ${probability}`;
            expect(Math.max(...off), message).toBeLessThanOrEqual(most);
            expect(Object.is(nll, -log + 0)).toBe(true);
          });
        });
      }
    }
    if (process.env.LOGITMILL_SHOW) console.log(dtype, build, 'log-probability, probability', worst);
  });

  test.each(BUILDS)('how many classes it takes for a mass, %s', (build) => {
    const kernels = memory.load<DerivedKernels>('derived', build);
    for (const [name, given, temperature] of MATRICES) {
      memory.release();
      kernels.set_temperature(temperature);
      const classes = given[0]!.length;
      const at = place(given.flat());
      const rows = given.map((row, index) =>
        row.map((_, i) => elements.get(memory, at + (index * classes + i) * size)),
      );
      const forms = inEveryForm(kernels, rows);
      const [statistics, out] = [memory.take(rows.length * STATISTICS_BYTES), memory.take(rows.length * 4)];
      const work = memory.take(NUCLEUS_WORK);
      for (const part of [1e-9, 0.25, 0.5, 0.9, 0.99, 0.999999]) {
        const bounds = rows.map((row) => {
          const exact = exactSlice(row, temperature)!;
          const sorted = order(row).map((id) => exact.probability(id));
          // What the last bits of the sums decide may be either.
          const needed = (mass: number): number => {
            const most = sumOf([{ integer: BigInt(Math.round(mass * 2 ** 52)), exponent: -52 }]).integer;
            let sum = 0n;
            for (const [index, p] of sorted.entries()) {
              sum += sumOf([p]).integer;
              if (sum >= most) return index + 1;
            }
            return classes;
          };
          return [needed(part * (1 - 2 ** -22)), needed(part * (1 + 2 ** -22))];
        });
        forms('nucleus').forEach((nucleus, form) => {
          forms('statistics')[form]!(statistics);
          nucleus(part, statistics, work, out);
          ints(out, rows.length).forEach((found, row) => {
            const [least, greatest] = bounds[row]! as [number, number];
            expect(found, `${name}, row ${row}, ${part}`).toBeGreaterThanOrEqual(least);
            expect(found, `${name}, row ${row}, ${part}`).toBeLessThanOrEqual(greatest);
          });
        });
        forms('statistics')[0]!(statistics);
        forms('nucleus')[0]!(part, statistics, work, out);
        const whole = ints(out, rows.length);
        rows.forEach((_, row) => {
          kernels.nucleus_begin(part, statistics + row * STATISTICS_BYTES, work);
          let found = -1;
          while (found < 0) {
            for (let from = 0; from < classes; from += 23)
              kernels.nucleus_piece(size, at + (row * classes + from) * size, Math.min(23, classes - from));
            found = kernels.nucleus_end_pass();
          }
          expect(found).toBe(whole[row]);
        });
      }
    }
  });

  test('slices without softmax write nothing elsewhere', () => {
    const kernels = memory.load<DerivedKernels>('derived', 'relaxed');
    memory.release();
    kernels.set_temperature(1);
    const rows = [
      [NAN, 1, 2],
      [INF, 1, 2],
      [NEG, NEG, NEG],
      [NAN, NAN, NAN],
    ];
    const forms = inEveryForm(kernels, rows);
    const [out, work] = [memory.take(32), memory.take(topKWork(2))];
    const [statistics, values] = [memory.take(128), memory.take(64)];
    forms('topk').forEach((topk, form) => {
      topk(2, work, out);
      expect(ints(out, 8)).toEqual([2, 1, 0, 2, 0, 1, -1, -1]);
      forms('statistics')[form]!(statistics);
      forms('topk_rest')[form]!(2, out, statistics, values);
      expect([...memory.doubles(values, 4)]).toEqual([NAN, NAN, NAN, NAN]);
      forms('gather')[form]!(2, out, values);
      expect(elements.get(memory, values + 7 * size)).toBeNaN();
    });
  });
});
