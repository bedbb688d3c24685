// @module-tag long
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../cli/run.ts';
import { cut, type Matrix, matrix, writeCsv, writeMatrix } from './files.ts';
import { bits, expected, expectNear, isNearHalf, results } from './results.ts';

const rounded = (values: ArrayLike<number>): Float32Array =>
  Float32Array.from(values, (x) => Math.round(x * 64) / 64);

describe('dim 0 in float16', () => {
  test('lists, wide tables and text: rounded once, the same bits from each, sums in order', async () => {
    const folder = temporaryFolder();
    const rows = 5003;
    const logits = matrix(rows, 9, 2, 24, 'float16');
    const wanted = expected(logits);
    const runs: [form: 'list' | 'wide' | 'csv', args: string[]][] = [
      ['list', ['--op', 'both']],
      ['wide', ['--op', 'both', '--memory', '4MiB']],
      ['csv', ['--op', 'both', '--dtype', 'float16', '--threads', '1']],
      ['list', ['--op', 'both', '--layout', 'wide']],
    ];
    const found: [string, string][] = [];
    for (const [form, args] of runs) {
      const file = path.join(folder, form);
      if (form === 'csv') writeCsv(file, logits);
      else writeMatrix(file, logits, form, cut(rows, 1, 1000, 3000));
      const { values, summary } = await results(file, logits, args);
      expectNear(values.probs!, wanted.probs, isNearHalf);
      expectNear(values.log_probs!, wanted.log_probs, isNearHalf);
      expect(summary).toMatchObject({ status: 'ok', dtype: 'float16', validation: { rows_valid: 9 } });
      for (const [column, { sum }] of summary.validation.column_sums.entries()) {
        const stored = values.probs!.filter((_, at) => at % 9 === column) as number[];
        expect(sum).toBe(stored.reduce((total, p) => total + p, 0));
      }
      found.push([bits(values.probs!), bits(values.log_probs!)]);
    }
    expect(found.slice(1)).toEqual(found.slice(1).map(() => found[0]));
    const logs = await results(path.join(folder, 'list'), logits, ['--op', 'log_softmax']);
    expect(bits(logs.values.log_probs!)).toEqual(found[0]![1]);
    for (const [column, { sum }] of logs.summary.validation.column_sums.entries()) {
      const stored = logs.values.log_probs!.filter((_, at) => at % 9 === column) as number[];
      expect(Math.abs(sum! - stored.reduce((total, y) => total + Math.exp(y), 0))).toBeLessThan(1e-8);
    }
  });

  test('so many rows that probabilities underflow are no false alarm', async () => {
    const file = path.join(temporaryFolder(), 'in.arrow');
    const rows = 300_000;
    const logits = matrix(rows, 2, 4, 1, 'float16');
    // One column has all its probabilities next to the smallest subnormal, the other below.
    for (let row = 0; row < rows; row++) logits.values[row * 2 + 1] = row === 0 ? 20 : 0;
    writeMatrix(file, logits, 'wide', cut(rows, 100_000));
    const { values, summary } = await results(file, logits);
    expectNear(values.probs!, expected(logits).probs, isNearHalf);
    expect(values.probs![3]).toBe(0);
    expect(summary.validation).toMatchObject({ rows_valid: 2, rows_invalid: 0 });
    expect(summary.validation.max_deviation).toBeGreaterThan(1e-4);
  });

  test('casts to halves and from them, nulls, infinities', async () => {
    const file = path.join(temporaryFolder(), 'in.arrow');
    const wide = { ...matrix(900, 5, 6, 30), values: rounded(matrix(900, 5, 6, 30).values) };
    const holes: Matrix = { ...wide, valid: (row, column) => (row + column) % 3 !== 0 };
    holes.values[7] = Number.NEGATIVE_INFINITY;
    const half = (m: Matrix): Matrix => ({ ...m, isHalf: true });
    for (const form of ['list', 'wide'] as const) {
      writeMatrix(file, holes, form, cut(900, 100, 33));
      const cast = await results(file, holes, ['--op', 'both', '--dtype', 'float16']);
      writeMatrix(file, half(holes), form, cut(900, 77));
      const own = await results(file, holes, ['--op', 'both']);
      expect(bits(cast.values.probs!)).toEqual(bits(own.values.probs!));
      expect(bits(cast.values.log_probs!)).toEqual(bits(own.values.log_probs!));
      expectNear(own.values.probs!, expected(holes).probs, isNearHalf);
      const single = await results(file, holes, ['--dtype', 'float32']);
      expectNear(single.values.probs!, expected(holes).probs);
    }
    const bad = half({ ...wide, values: Float32Array.from(wide.values) });
    bad.values[2] = Number.NaN;
    bad.values[5 * 899 + 4] = Number.POSITIVE_INFINITY;
    writeMatrix(file, bad, 'list', [900]);
    const kept = await results(file, bad, ['--on-invalid', 'keep']);
    expect(kept.summary.validation.first_invalid).toMatchObject([
      { row: 2, reason: 'nan' },
      { row: 4, reason: '+inf' },
    ]);
    writeMatrix(file, half(wide), 'list', [900]);
    const sound = await results(file, wide);
    for (const [at, p] of kept.values.probs!.entries())
      expect(p).toEqual([2, 4].includes(at % 5) ? Number.NaN : sound.values.probs![at]);
  });
});
