// @module-tag long
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { logitmill, temporaryFolder } from '../cli/run.ts';
import { cut, type Matrix, matrix, writeCsv, writeMatrix } from './files.ts';
import { bits, expected, expectNear, results } from './results.ts';

const found = ({ values, summary }: Awaited<ReturnType<typeof results>>) => ({
  probs: values.probs && bits(values.probs),
  logs: values.log_probs && bits(values.log_probs),
  sums: bits(summary.validation.column_sums.map(({ sum }) => sum)),
});

describe('dim 0 over text', () => {
  test('the same bits as over Arrow: many chunks, threads, little memory, chunks within a block', async () => {
    const folder = temporaryFolder();
    for (const [rows, columns] of [
      [15_000, 41],
      [900, 700],
    ] as const) {
      const logits = matrix(rows, columns, 5, 30);
      const [arrow, csv] = ['in.arrow', 'in.csv'].map((name) => path.join(folder, name)) as [string, string];
      writeMatrix(arrow, logits, 'list', cut(rows, 1000));
      writeCsv(csv, logits);
      const wanted = found(await results(arrow, logits, ['--op', 'both']));
      const args =
        rows === 900 ? ['--threads', '1', '--layout', 'list'] : ['--threads', '3', '--memory', '24MiB'];
      expect(found(await results(csv, logits, ['--op', 'both', ...args]))).toEqual(wanted);
    }
  });

  test('nulls, text and kept logits beside them', async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'in.csv');
    const logits: Matrix = {
      ...matrix(6000, 4),
      valid: (row, column) => column !== 2 && (row * 4 + column) % 5 !== 1,
    };
    writeCsv(file, logits, { label: (row) => `row ${row}` });
    const args = ['--columns', 'c*', '--keep', 'none'];
    const { values, summary } = await results(file, logits, [...args, '--op', 'both']);
    const wanted = expected(logits);
    expectNear(values.probs!, wanted.probs);
    expectNear(values.log_probs!, wanted.log_probs);
    expect(summary.validation).toMatchObject({ rows_checked: 4, rows_null: 1, rows_invalid: 0 });
    expect(summary.validation.column_sums[0]).toMatchObject({ column: 'c0' });

    const masked = await results(file, logits, [...args, '--mask-nulls', '--on-invalid', 'keep']);
    expect(masked.summary.validation.first_invalid).toMatchObject([
      { row: 2, column: 'c2', reason: 'all -inf' },
    ]);
    const isRight = (value: number | null, at: number): boolean =>
      at % 4 === 2 ? Number.isNaN(value) : value === (values.probs![at] ?? 0);
    expect(masked.values.probs!.every(isRight)).toBe(true);

    const kept = path.join(folder, 'kept.arrow');
    const { code, stderr } = await logitmill([
      'run',
      file,
      '-o',
      kept,
      '--dim',
      '0',
      '--columns',
      'c*',
      '--keep-logits',
    ]);
    expect(code, stderr).toBe(0);
    const layout = await logitmill([
      'run',
      file,
      '-o',
      kept,
      '--overwrite',
      '--dim',
      '0',
      '--columns',
      'c*',
      '--layout',
      'list',
    ]);
    expect(layout.code).toBe(2);
    expect(layout.stderr).toContain('--mask-nulls');
  });

  test('no rows, one row, a bad number in the last chunk, and no shards', async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'in.csv');
    for (const rows of [0, 1]) {
      const few = matrix(rows, 3);
      writeCsv(file, few);
      const { summary } = await results(file, few);
      expect(summary.validation).toMatchObject({ rows_checked: 3, rows_valid: 3 });
    }
    writeCsv(file, matrix(50_000, 10));
    fs.appendFileSync(file, '1,2,3,4,5,6,7,8,9,1.2.3\n');
    const output = path.join(folder, 'out.arrow');
    const bad = await logitmill(['run', file, '-o', output, '--dim', '0']);
    expect(bad.code).toBe(3);
    expect(bad.stderr).toContain('line 50002 (row 50000), column c9: "1.2.3" is not a number');
    expect(fs.existsSync(output)).toBe(false);
    const shard = await logitmill(['run', file, '-o', output, '--dim', '0', '--shard', '0/2']);
    expect(shard.code).toBe(2);
  });
});
