import fs from 'node:fs';
import path from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { logitmill, temporaryFolder } from '../cli/run.ts';
import { ulps32 } from '../kernels/reference.ts';
import { cut, type Matrix, matrix, writeMatrix } from './files.ts';
import { bits, expected, expectNear, results } from './results.ts';

describe('dim 0', () => {
  test('lists and wide tables, both ops, over many batches and blocks', async () => {
    const folder = temporaryFolder();
    const logits = matrix(9001, 7);
    const wanted = expected(logits);
    for (const form of ['list', 'wide'] as const) {
      const file = path.join(folder, `${form}.arrow`);
      writeMatrix(file, logits, form, cut(9001, 1, 1000, 4097, 33, 0, 2500));
      for (const args of [['--op', 'both'], ['--op=log_softmax']]) {
        const { values, summary } = await results(file, logits, args);
        if (values.probs && args[0] !== '--op=log_softmax') expectNear(values.probs, wanted.probs);
        if (args[0] === '--op') expectNear(values.log_probs!, wanted.log_probs);
        expect(summary).toMatchObject({ status: 'ok', classes: 9001 });
        expect(summary.validation).toMatchObject({
          unit: 'column',
          rows_checked: 7,
          rows_valid: 7,
          rows_invalid: 0,
          rows_null: 0,
          first_invalid: [],
        });
        expect(summary.validation.column_sums).toHaveLength(7);
        for (const [row, found] of summary.validation.column_sums.entries()) {
          expect(found).toEqual({
            row,
            ...(form === 'wide' ? { column: `c${row}` } : {}),
            sum: expect.any(Number),
          });
          expect(Math.abs(found.sum! - 1)).toBeLessThanOrEqual(summary.validation.tolerance);
        }
      }
    }
  });

  test('the same bits whatever the threads, the memory, the batches and the form', async () => {
    const folder = temporaryFolder();
    // Large enough for a pool of workers, and no multiple of any vector.
    const logits = matrix(9000, 31, 3, 30, 'float64');
    let first: { probs: string; logs: string; sums: string } | undefined;
    const cases = [
      { form: 'list', sizes: [9000], run: ['1', '64MiB'] },
      { form: 'wide', sizes: [1000, 7], run: ['2', '16MiB'] },
      { form: 'list', sizes: [5000, 1, 1], run: ['5', '1GiB'] },
    ] as const;
    for (const [index, { form, sizes, run }] of cases.entries()) {
      const file = path.join(folder, `${index}.arrow`);
      writeMatrix(file, logits, form, cut(9000, ...sizes));
      const args = ['--op', 'both', '--threads', run[0], '--memory', run[1]];
      const { values, summary } = await results(file, logits, args);
      const found = {
        probs: bits(values.probs!),
        logs: bits(values.log_probs!),
        sums: bits(summary.validation.column_sums.map(({ sum }) => sum)),
      };
      first ??= found;
      expect(found).toEqual(first);
    }
  });

  test('a batch for every row, one row, no rows, no batches, no columns', async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'in.arrow');
    for (const [rows, columns] of [
      [50, 3],
      [1, 4],
      [1, 1],
    ] as const) {
      const logits = matrix(rows, columns);
      writeMatrix(file, logits, 'list', cut(rows, 1));
      const { values } = await results(file, logits);
      expectNear(values.probs!, expected(logits).probs);
    }
    for (const batches of [[], [0, 0]]) {
      const empty = { rows: 0, columns: 3, values: new Float32Array(0) };
      writeMatrix(file, empty, 'wide', batches);
      const { summary } = await results(file, empty);
      expect(summary.validation).toMatchObject({
        rows_checked: 3,
        rows_valid: 3,
        rows_invalid: 0,
        worst_row: null,
      });
    }
    const none = { rows: 4, columns: 0, values: new Float32Array(0) };
    writeMatrix(file, none, 'list', [4]);
    expect((await results(file, none)).summary.validation).toMatchObject({
      rows_checked: 0,
      column_sums: [],
    });
  });

  test('nulls are left out of their column and stay null', async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'in.arrow');
    const logits: Matrix = {
      ...matrix(5000, 5),
      valid: (row, column) => column !== 3 && (row * 5 + column) % 7 !== 0,
    };
    for (const form of ['list', 'wide'] as const) {
      const rowsToo = form === 'list' ? { ...logits, validRow: (row: number) => row % 11 !== 4 } : logits;
      writeMatrix(file, rowsToo, form, cut(5000, 1001, 3));
      const { values, summary } = await results(file, logits, ['--op', 'both']);
      const wanted = expected(rowsToo);
      expectNear(values.probs!, wanted.probs);
      expectNear(values.log_probs!, wanted.log_probs);
      expect(summary.validation).toMatchObject({
        rows_checked: 5,
        rows_valid: 4,
        rows_invalid: 0,
        rows_null: 1,
      });
      expect(summary.validation.column_sums[3]!.sum).toBeNull();

      const masked = await results(file, logits, ['--mask-nulls', '--on-invalid', 'keep']);
      for (let at = 0; at < 25_000; at++) {
        const row = Math.floor(at / 5);
        const value = masked.values.probs![at]!;
        if (!(rowsToo.validRow?.(row) ?? true)) {
          if (value !== null) expect.fail(`value ${at} is not null`);
        } else if (at % 5 === 3) {
          if (!Number.isNaN(value)) expect.fail(`value ${at}: ${value}`);
        } else if (value !== (wanted.probs[at] === null ? 0 : values.probs![at]))
          expect.fail(`value ${at}: ${value}`);
      }
      expect(masked.summary.validation.first_invalid).toMatchObject([
        { row: 3, reason: 'all -inf', sum: null },
      ]);
    }
  });

  test('an invalid column alone is spoiled: refused, then kept without computing again', async () => {
    const folder = temporaryFolder();
    const logits = matrix(6000, 4);
    logits.values[5000 * 4 + 1] = Number.NaN;
    logits.values[2] = Number.POSITIVE_INFINITY;
    const file = path.join(folder, 'in.arrow');
    writeMatrix(file, logits, 'wide', cut(6000, 999));
    const output = path.join(folder, 'out.arrow');
    const run = (...args: string[]) =>
      logitmill(['run', file, '-o', output, '--dim=-2', '--summary', '-', ...args]);
    const failed = await run();
    expect(failed.code).toBe(4);
    expect(failed.stderr).toContain(
      '2 columns are invalid, the first is column c1 (nan); nothing was published',
    );
    expect(failed.stderr).toContain('--on-invalid keep');
    expect(fs.existsSync(output)).toBe(false);
    expect(JSON.parse(failed.stdout)).toMatchObject({
      status: 'invalid',
      validation: {
        unit: 'column',
        rows_invalid: 2,
        first_invalid: [
          { row: 1, column: 'c1', reason: 'nan', sum: null },
          { row: 2, column: 'c2', reason: '+inf', sum: null },
        ],
      },
    });
    const nulls = await run('--on-invalid', 'null', '--compression', 'lz4');
    expect(nulls.code).toBe(2);
    expect(nulls.stderr).toContain('--on-invalid null with --dim 0 needs an uncompressed file');
    const kept = await run('--on-invalid', 'keep');
    expect(kept.code, kept.stderr).toBe(0);
    expect(JSON.parse(kept.stdout)).toMatchObject({ resumed: true, validation: { rows_invalid: 2 } });
    const table = tableFromIPC(fs.readFileSync(output));
    const wanted = expected({
      ...logits,
      values: logits.values.map((x) => (Number.isFinite(x) ? x : 0)) as never,
    });
    const sound = Array.from(table.getChild('probs_c3')!) as number[];
    for (const [row, value] of sound.entries())
      expect(ulps32(value, wanted.probs[row * 4 + 3]!)).toBeLessThanOrEqual(2);
    for (const name of ['probs_c1', 'probs_c2'])
      expect(Array.from(table.getChild(name)!).every(Number.isNaN)).toBe(true);
  });

  test('temperature, another dtype, another layout, kept logits', async () => {
    const folder = temporaryFolder();
    const logits = matrix(5000, 6);
    const [list, wide] = ['list', 'wide'].map((form) => path.join(folder, `${form}.arrow`)) as [
      string,
      string,
    ];
    writeMatrix(list, logits, 'list', cut(5000, 700));
    writeMatrix(wide, logits, 'wide', cut(5000, 4096));
    const hot = await results(list, logits, ['--temperature', '2.5', '--layout', 'wide']);
    expectNear(hot.values.probs!, expected(logits, 2.5).probs);
    const asList = await results(wide, logits, ['--temperature', '2.5', '--layout', 'list']);
    expect(asList.values.probs).toEqual(hot.values.probs);
    const double = await results(wide, logits, ['--dtype', 'float64', '--tolerance', '1e-14']);
    const exact = expected(logits).probs;
    for (const [index, p] of double.values.probs!.entries())
      expect(Math.abs(p! / exact[index]! - 1)).toBeLessThan(1e-14);
    const output = path.join(folder, 'kept.arrow');
    const { code } = await logitmill(['run', list, '-o', output, '--dim', '0', '--keep-logits']);
    expect(code).toBe(0);
    const table = tableFromIPC(fs.readFileSync(output));
    expect(table.schema.fields.map(({ name }) => name)).toEqual(['logits', 'probs']);
  });

  test('what cannot work is refused', async () => {
    const folder = temporaryFolder();
    const output = path.join(folder, 'out.arrow');
    const ragged = await logitmill([
      'run',
      path.resolve('data/golden/ragged.arrow'),
      '-o',
      output,
      '--dim',
      '0',
    ]);
    expect(ragged.code).toBe(2);
    expect(ragged.stderr).toContain('variable-length lists');
    const file = path.join(folder, 'in.arrow');
    writeMatrix(file, { ...matrix(100, 3), valid: (row) => row !== 50 }, 'wide', [100]);
    const layout = await logitmill(['run', file, '-o', output, '--dim', '0', '--layout', 'list']);
    expect(layout.code).toBe(2);
    expect(layout.stderr).toContain('--mask-nulls');
    writeMatrix(file, matrix(2, 30_000), 'list', [2]);
    const memory = await logitmill(['run', file, '-o', output, '--dim', '0', '--memory', '8MiB']);
    expect(memory.code).toBe(2);
    expect(memory.stderr).toMatch(/30000 columns.*\n.*--memory \d+MiB/);
  });
});
