import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SoftmaxKernels } from '../../src/kernels/softmax.ts';
import { FIRST_SLAB, SCRATCH_BYTES } from '../../src/memory/slabs.ts';
import { BUILDS, KernelMemory, random } from './harness.ts';
import { expectRagged } from './ragged.ts';
import { compensatedSum, referenceRow, ulps32 } from './reference.ts';
import { float32, type Layout, runAll } from './rows.ts';
import { expectSpecialRows, expectTableOfValues } from './special.ts';

const LAYOUTS: readonly Layout[] = ['rows', 'columns'];
const memory = new KernelMemory(96);
const kernels = BUILDS.map((build) => ({ build, module: memory.load<SoftmaxKernels>('float32', build) }));

/** The worst errors over `rows` in every build and layout; in ulp but for the sums and `both`'s difference. */
function worstErrors(rows: readonly Float32Array[], temperature: number, layouts: readonly Layout[]) {
  const exact = rows.map((row) => referenceRow(row, temperature));
  const worst = { softmax: 0, logSoftmax: 0, rowSum: 0, sumOfStored: 0, sumOfExponentials: 0, difference: 0 };
  for (const { module } of kernels) {
    module.set_temperature(temperature);
    for (const layout of layouts) {
      const result = runAll(memory, module, float32, layout, rows);
      let difference = 0;
      rows.forEach((_, i) => {
        const { probabilities, logProbabilities } = exact[i]!;
        const p = result.probabilities[i]!;
        const lp = result.logarithms[i]!;
        for (let j = 0; j < p.length; j++) {
          worst.softmax = Math.max(worst.softmax, ulps32(p[j]!, probabilities[j]!));
          worst.logSoftmax = Math.max(worst.logSoftmax, ulps32(lp[j]!, logProbabilities[j]!));
          if (p[j]! >= 2 ** -126) difference = Math.max(difference, Math.abs(Math.log(p[j]!) - lp[j]!));
        }
        worst.rowSum = Math.max(worst.rowSum, Math.abs(result.sums[i]! - 1));
        worst.sumOfStored = Math.max(worst.sumOfStored, Math.abs(result.sums[i]! - compensatedSum(p)));
        const exponentials = compensatedSum(lp.map((y) => Math.exp(y)));
        worst.sumOfExponentials = Math.max(
          worst.sumOfExponentials,
          Math.abs(result.logSums[i]! - exponentials),
        );
      });
      // The kernel's logarithm has float32's precision: half an ulp of 87 at most.
      expect(Math.abs(result.difference - difference)).toBeLessThanOrEqual(5e-6);
      worst.difference = Math.max(worst.difference, result.difference);
    }
    module.set_temperature(1);
  }
  return worst;
}

function expectExact(rows: readonly Float32Array[], temperature = 1, layouts = LAYOUTS) {
  const worst = worstErrors(rows, temperature, layouts);
  expect(worst.softmax).toBeLessThanOrEqual(2);
  expect(worst.logSoftmax).toBeLessThanOrEqual(2);
  expect(worst.rowSum).toBeLessThanOrEqual(2 ** -23);
  expect(worst.sumOfStored).toBeLessThanOrEqual(2 ** -45);
  expect(worst.sumOfExponentials).toBeLessThanOrEqual(2 ** -26);
  expect(worst.difference).toBeLessThanOrEqual(1.2e-5);
  return worst;
}

const SPREADS = [1e-6, 1e-2, 1, 5, 20, 85, 160, 1e3, 1e10, 3.4e38];
const OFFSETS = [0, 1e-3, 3, -40, 255.9, -256.1, 700, 1e8, 0];
const next = random(32);
const row = (classes: number, spread: number, offset = 0) =>
  Float32Array.from({ length: classes }, () => (next() - 0.5) * spread + offset);

describe('float32: softmax and log_softmax next to the exact result', () => {
  test('every width to 70, and around the edges of tiles and blocks', () => {
    const widths = [127, 128, 129, 255, 256, 257, 511, 513, 1000, 1023, 1024, 1025];
    for (const classes of [...Array.from({ length: 70 }, (_, i) => i + 1), ...widths])
      expectExact(SPREADS.map((spread, k) => row(classes, spread, OFFSETS[(k + classes) % 9])));
  });

  test('wide rows', () => {
    for (const [classes, spread] of [
      [4096, 20],
      [4097, 5],
      [32_000, 85],
      [32_769, 1e-2],
    ] as const)
      expectExact([row(classes, spread), row(classes, spread, 300)]);
  }, 60_000);

  test('any spread, from the least to the largest differences there are', () => {
    for (let exponent = -149; exponent <= 127; exponent += 3)
      expectExact(
        [1, 2, 3, 4].map(() => row(7, 2 ** exponent, next() < 0.5 ? 0 : (next() - 0.5) * 2 ** exponent)),
      );
    const max = 3.4028234663852886e38;
    expectExact(
      [
        [max, -max, 0],
        [max, max * (1 - 2 ** -23), 1],
        [-max, -max, -max],
        [2 ** -149, 0, -(2 ** -149)],
        [0, -0, -0],
        [1e38, -2e38, -2.4e38],
      ].map((values) => Float32Array.from(values)),
    );
  });

  test('results that are subnormal, and the last before 0', () => {
    expectExact(
      Array.from({ length: 100 }, (_, k) =>
        Float32Array.of(0, -87 - k * 0.2, -103.97 + (k - 50) * 2e-3, -103),
      ),
    );
    expectExact(Array.from({ length: 20 }, () => row(33, 208)));
    expectExact(Array.from({ length: 20 }, () => row(333, 208)));
    const { probabilities, logarithms } = runAll(memory, kernels[0]!.module, float32, 'rows', [
      [0, -103],
      [0, -104],
    ]);
    expect(probabilities).toEqual([
      [1, 2 ** -149],
      [1, 0],
    ]);
    expect(logarithms).toEqual([
      [-(2 ** -149), -103],
      [0, -104],
    ]);
  });

  test('many equal logits: the error of their exponential is not that of the sum', () => {
    // Numbers whose exponentials are rounded the most, up and down, found by bench/worst-rows-float32.ts.
    const rows = [
      [1000, 0.35, 0.03483284091144562, 0.013373988680541515],
      [1000, 3.8, -0.022548511624336243, -0.002794223139062524],
      [1000, 0, -3.1096246242523193, -5.8886847496032715],
      [1000, 0.35, -0.04451902210712433, -0.08488677442073822],
      [1000, 3.8, 0.01327262632548809, -2.073350667953491],
      [1000, 17.3, 14.203634262084961, 8.638667106628418],
      [1000, -50.1, -53.19293975830078, -57.35494613647461],
      [60, 0.35, 0.03483284091144562, 0.013373988680541515],
    ] as const;
    for (const [copies, largest, equal, other] of rows) {
      const row = Float32Array.of(largest, ...Array<number>(copies).fill(equal), other);
      expectExact([row, row, row, row]);
    }
  });

  test('sure winners: the log-probability of the winner is tiny, and right', () => {
    expectExact(Array.from({ length: 110 }, (_, k) => Float32Array.of(k, 0, -k / 3, 0.5)));
    for (const classes of [2, 15, 64, 65, 300])
      expectExact(
        [12, 16, 16.6, 17.3, 18, 40, 100].map((gap) => Float32Array.of(gap + 1, ...row(classes - 1, 2))),
      );
    const { probabilities, logarithms } = runAll(memory, kernels[0]!.module, float32, 'rows', [
      [20, 0, 0, 0],
    ]);
    expect(probabilities[0]![0]).toBe(1);
    expect(logarithms[0]![0]).toBe(Math.fround(-Math.log1p(3 * Math.exp(-20))));
  });

  test('few classes: any share that the others have of the largest, ties, and any order', () => {
    const next = random(5);
    for (const classes of [2, 3, 4, 5]) {
      // The logarithm's branches are where the others add up to 0.414 and to 1.83 of the largest.
      const shares = Array.from({ length: 300 }, (_, i) =>
        i < 200 ? (classes - 1) * (i / 200) : [0.41421356, 1.8284271, 1, 2 ** -24, 1e-9][i % 5]!,
      );
      const rows = shares.map((share, i) => {
        const top = Math.fround((next() - 0.5) * (i % 3 ? 20 : 500));
        const other = Math.min(0, Math.log(share / (classes - 1))) || 0;
        const row = Array.from({ length: classes }, (_, j) =>
          j === i % classes ? top : top + Math.max(other, -100),
        );
        return Float32Array.from(row, (x, j) => (i % 4 || j === i % classes ? x : x - next() * 1e-6));
      });
      const worst = expectExact(rows);
      expect(worst.softmax).toBeLessThanOrEqual(1.1);
      expect(worst.logSoftmax).toBeLessThanOrEqual(0.75);
    }
  });

  test('equal logits come to the nearest of 1 / n, and sure winners to 1, wherever they lie', () => {
    const next = random(7);
    for (const { module } of kernels)
      for (const layout of LAYOUTS)
        for (const classes of [2, 3, 4, 7, 64, 65, 100, 1025]) {
          const logits = Array.from({ length: 60 }, (_, i) =>
            Math.fround((next() * 2 - 1) * (i % 3 ? 255 : 5)),
          );
          const equal = runAll(
            memory,
            module,
            float32,
            layout,
            logits.map((x) => Array<number>(classes).fill(x)),
          );
          for (const p of equal.probabilities)
            expect(new Set(p)).toEqual(new Set([Math.fround(1 / classes)]));
          const winners = logits.map((x) => [...Array<number>(classes - 1).fill(x - 40), x]);
          const sure = runAll(memory, module, float32, layout, winners);
          for (const p of sure.probabilities) expect(p.at(-1)).toBe(1);
        }
  });

  test('a temperature divides before any rounding to float32', () => {
    for (const temperature of [
      2,
      0.5,
      0.7,
      3,
      1e-3,
      1e4,
      1e-30,
      1e30,
      1e-300,
      1e300,
      5e-324,
      Number.MAX_VALUE,
    ])
      for (const classes of [5, 70])
        expectExact(
          [2, 1, 30].map((spread) => row(classes, Math.min(spread * temperature, 1e38), spread)),
          temperature,
        );
    expectExact([Float32Array.of(3e38, -3e38, 0)], 1e37);
  });

  test('ties and -inf', () => {
    for (const classes of [2, 3, 16, 64, 65, 100, 300])
      expectExact(
        [1, 2, 3, 4].map((k) =>
          Float32Array.from({ length: classes }, (_, j) =>
            j % k === 0 ? 1e6 : j % 2 ? Number.NEGATIVE_INFINITY : 1e6 - k,
          ),
        ),
      );
    const equal = runAll(memory, kernels[0]!.module, float32, 'rows', [Array(7).fill(1e8)]);
    expect(new Set(equal.probabilities[0])).toEqual(new Set([Math.fround(1 / 7)]));
    expect(new Set(equal.logarithms[0])).toEqual(new Set([Math.fround(-Math.log(7))]));
  });

  test('any rows at all', () => {
    const float = fc.float({ noNaN: true }).filter((x) => x !== Number.POSITIVE_INFINITY);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.array(float, { minLength: 9, maxLength: 40 }),
        (classes, values) => {
          const rows = [];
          for (let i = 0; i + classes <= values.length; i += classes)
            rows.push(Float32Array.from(values.slice(i, i + classes)));
          expectExact(rows.filter((r) => Math.max(...r) > Number.NEGATIVE_INFINITY));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe.each(kernels)('float32, $build build', ({ module }) => {
  test('values that the contract names', () => expectTableOfValues(memory, module, float32));

  test('rows without a softmax', () => expectSpecialRows(memory, module, float32));

  test('ragged rows', () => expectRagged(memory, module, float32));

  test('the bits of a row do not depend on the rows beside it, nor on where it lies', () => {
    const rnd = random(7);
    for (const classes of [1, 2, 3, 7, 63, 64, 65, 101, 300])
      for (const layout of LAYOUTS) {
        const rows = Array.from({ length: 150 }, (_, i) =>
          Array.from({ length: classes }, () => (i % 41 === 4 ? Number.NaN : (rnd() - 0.5) * 10 ** (i % 9))),
        );
        const whole = runAll(memory, module, float32, layout, rows);
        for (const [from, to] of [
          [0, 1],
          [1, 2],
          [1, 4],
          [3, 9],
          [4, 5],
          [17, 150],
          [127, 131],
        ] as const) {
          const part = runAll(memory, module, float32, layout, rows.slice(from, to));
          expect(part.probabilities).toEqual(whole.probabilities.slice(from, to));
          expect(part.logarithms).toEqual(whole.logarithms.slice(from, to));
          expect(part.sumBits).toEqual(whole.sumBits.slice(from, to));
          expect(part.logSums).toEqual(whole.logSums.slice(from, to));
        }
      }
  });

  test('few classes come to the same bits where the whole band is plain and where one row of it is not', () => {
    const rnd = random(9);
    const spreads = [1e-6, 1e-2, 1, 5, 40];
    for (const classes of [2, 3, 4, 5]) {
      const filled = (pair: readonly number[]) =>
        Array.from({ length: classes }, (_, i) => pair[i] ?? pair[0]! - i);
      const plain = Array.from({ length: 40 }, (_, i) => {
        const x = (rnd() - 0.5) * 200;
        return Array.from({ length: classes }, (_, j) =>
          i % 8 === 7 || j === i % classes ? x : x + (rnd() - 0.5) * spreads[i % 5]!,
        );
      });
      const pairs = [
        [0, -0],
        [-0, 0],
        [2 ** -149, -0],
        [0, -49],
        [49, 0],
        [-255.9, -255.8],
        [1, 1],
        [255.99, 254],
      ];
      plain.push(...pairs.map(filled));
      const others = [
        [Number.NaN, 1],
        [3, Number.NaN],
        [0, -60],
        [0, -120],
        [300, 299],
        [Number.POSITIVE_INFINITY, 0],
        [Number.NaN, Number.POSITIVE_INFINITY],
        Array<number>(classes).fill(Number.NEGATIVE_INFINITY),
      ].map(filled);
      for (const layout of LAYOUTS) {
        const alone = runAll(memory, module, float32, layout, plain);
        for (const other of others)
          for (const place of [0, 21, 48]) {
            const mixed = runAll(memory, module, float32, layout, [
              ...plain.slice(0, place),
              other,
              ...plain.slice(place),
              ...Array.from({ length: 3 }, () => filled([0, 1])),
            ]);
            const without = <T>(values: T[]): T[] => [
              ...values.slice(0, place),
              ...values.slice(place + 1, plain.length + 1),
            ];
            expect(without(mixed.probabilities)).toEqual(alone.probabilities);
            expect(without(mixed.logarithms)).toEqual(alone.logarithms);
            expect(without(mixed.sumBits)).toEqual(alone.sumBits);
            expect(without(mixed.logSums)).toEqual(alone.logSums);
          }
      }
    }
  });

  test('up to 64 classes, rows and columns come to the same bits', () => {
    const rnd = random(8);
    for (let classes = 1; classes <= 64; classes++) {
      const rows = Array.from({ length: 19 }, (_, i) =>
        Array.from({ length: classes }, () => (rnd() - 0.5) * 4 ** (i % 6)),
      );
      const [byRows, byColumns] = LAYOUTS.map((layout) => runAll(memory, module, float32, layout, rows));
      expect(byColumns).toEqual(byRows);
    }
  });

  test('nothing is written behind the scratch', () => {
    const behind = memory.bytes(FIRST_SLAB + SCRATCH_BYTES, 8192).fill(0xa5);
    for (const classes of [1, 2, 3, 4, 5, 6, 15, 16, 17, 63, 64, 65]) {
      const rows = Array.from({ length: 259 }, (_, i) => Array<number>(classes).fill(i));
      for (const layout of LAYOUTS) runAll(memory, module, float32, layout, rows);
    }
    expect(behind.every((byte) => byte === 0xa5)).toBe(true);
  });

  test('sums of stored values that no kernel has made', () => {
    const address = memory.take(80);
    const sums = memory.take(16);
    const sumsOf = (values: number[]) => {
      memory.floats(address, values.length).set(values);
      return ([0, 1] as const).map((ofLogs) => {
        module.sum_rows(ofLogs, address, 1, values.length, sums);
        return memory.doubles(sums, 1)[0]!;
      });
    };
    for (const values of [
      [0.25, 5, 60],
      [3, -2, -1e30, 0.5],
      [1e-20, 1e-30],
      [-3, 0, 1e-9],
    ].map((list) => list.map(Math.fround))) {
      const [sum, sumExp] = sumsOf(values) as [number, number];
      const plain = compensatedSum(values);
      const plainExp = compensatedSum(values.map(Math.exp));
      expect(Math.abs(sum - plain)).toBeLessThanOrEqual(Math.abs(plain) * 1e-15);
      expect(Math.abs(sumExp - plainExp)).toBeLessThanOrEqual(plainExp * 1.2e-8);
    }
    const { POSITIVE_INFINITY: inf, NaN: nan } = Number;
    expect(sumsOf([0.5, inf])).toEqual([inf, inf]);
    expect(sumsOf([0.5, 88])).toEqual([88.5, inf]);
    expect(sumsOf([inf, nan])).toEqual([nan, nan]);
    expect(sumsOf([-inf, -inf])[1]).toBe(0);
  });

  test('no rows, no classes', () => {
    expect(runAll(memory, module, float32, 'rows', []).sums).toEqual([]);
    for (const layout of LAYOUTS)
      expect(runAll(memory, module, float32, layout, [[], [], []]).sums).toEqual([0, 0, 0]);
  });
});
