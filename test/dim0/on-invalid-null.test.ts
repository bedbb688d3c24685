// @module-tag long
import fs from 'node:fs';
import path from 'node:path';
import { RecordBatchReader } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { logitmill, temporaryFolder } from '../cli/run.ts';
import { cut, type Matrix, matrix, writeMatrix } from './files.ts';
import { valuesIn } from './results.ts';

const ROWS = 5003;
const COLUMNS = 11;
const { NaN: NAN, POSITIVE_INFINITY: INF, NEGATIVE_INFINITY: NEG } = Number;

/** Columns 2, 7 and 10 are invalid, for each reason. */
function spoiled(): Matrix {
  const logits = matrix(ROWS, COLUMNS);
  logits.values[4000 * COLUMNS + 2] = NAN;
  logits.values[7] = INF;
  for (let row = 0; row < ROWS; row++) logits.values[row * COLUMNS + 10] = NEG;
  return logits;
}
const INVALID = new Set([2, 7, 10]);

async function run(file: string, ...args: string[]) {
  const output = `${file}.out`;
  const finished = await logitmill(['run', file, '-o', output, '--dim=0', '--summary', '-', ...args]);
  const written = fs.existsSync(output) ? fs.readFileSync(output) : Buffer.alloc(0);
  fs.rmSync(output, { force: true });
  return { ...finished, written, summary: JSON.parse(finished.stdout || '{}') };
}

/** What `keep` gives, but null in the invalid columns; and the null counts in the file are those of its bitmaps. */
async function expectNullColumns(file: string, ...args: string[]): Promise<void> {
  const shape = { rows: ROWS, columns: COLUMNS };
  const kept = await run(file, '--on-invalid', 'keep', ...args);
  const nulled = await run(file, '--on-invalid', 'null', ...args);
  expect(kept.code, kept.stderr).toBe(0);
  expect(nulled.code, nulled.stderr).toBe(0);
  expect(nulled.summary).toMatchObject({ status: 'ok', validation: { rows_invalid: INVALID.size } });
  const wanted = valuesIn(kept.written, shape);
  const found = valuesIn(nulled.written, shape);
  expect(Object.keys(found)).toEqual(Object.keys(wanted));
  for (const [name, values] of Object.entries(wanted)) {
    const wrong = values.findIndex((value, at) => {
      const expected = INVALID.has(at % COLUMNS) ? null : value;
      return !Object.is(found[name]![at], expected);
    });
    expect(wrong, `${name}: ${found[name]![wrong]}`).toBe(-1);
  }
  for (const batch of RecordBatchReader.from(nulled.written)) {
    for (const [index, column] of batch.data.children.entries()) {
      expect(batch.schema.fields[index]!.nullable).toBe(true);
      for (const data of [column, ...column.children]) {
        let unset = 0;
        if (data.nullBitmap.length > 0)
          for (let at = 0; at < data.length; at++) unset += 1 - ((data.nullBitmap[at >> 3]! >> (at & 7)) & 1);
        expect(data.nullCount).toBe(unset);
      }
    }
  }
}

const BATCHES = cut(ROWS, 1000, 3, 0, 2057, 1);

describe('--on-invalid null with --dim 0: invalid columns are null', () => {
  test.each([
    ['list', []],
    ['list', ['--op', 'both']],
    ['list', ['--layout', 'wide', '--op', 'log_softmax']],
    ['list', ['--format', 'stream', '--dtype', 'float64']],
    ['wide', []],
    ['wide', ['--columns', 'c10,c9,c8,c7,c6,c5,c4,c3,c2,c1,c0']],
    ['wide', ['--op', 'both', '--threads', '1']],
    ['wide', ['--layout', 'list', '--dtype', 'float16']],
  ] as const)('%s %j', async (form, args) => {
    const file = path.join(temporaryFolder(), 'in.arrow');
    writeMatrix(file, spoiled(), form, BATCHES);
    await expectNullColumns(file, ...args);
  });

  test.each(['list', 'wide'] as const)('beside nulls of the input, which stay: %s', async (form) => {
    const file = path.join(temporaryFolder(), 'in.arrow');
    const logits: Matrix = { ...spoiled(), valid: (row, column) => (row * 7 + column) % 13 !== 5 };
    const rowsToo = form === 'list' ? { ...logits, validRow: (row: number) => row % 17 !== 4 } : logits;
    writeMatrix(file, rowsToo, form, BATCHES);
    await expectNullColumns(file, '--op', 'both');
    await expectNullColumns(file, '--mask-nulls');
    await expectNullColumns(file, '--mask-nulls', '--layout', form === 'list' ? 'wide' : 'list');
  });

  test.each([[[]], [['--layout', 'list']]])('text %j', async (args) => {
    const file = path.join(temporaryFolder(), 'in.csv');
    const { values } = spoiled();
    const lines = Array.from({ length: ROWS }, (_, row) =>
      Array.from({ length: COLUMNS }, (_, column) => {
        if (row % 29 === 3 && column === 4 && args.length === 0) return '';
        return values[row * COLUMNS + column];
      }).join(','),
    );
    fs.writeFileSync(
      file,
      [Array.from({ length: COLUMNS }, (_, j) => `c${j}`).join(','), ...lines, ''].join('\n'),
    );
    await expectNullColumns(file, '--op', 'both', ...args);
  });

  test('nothing is invalid: nothing is null', async () => {
    const file = path.join(temporaryFolder(), 'in.arrow');
    for (const form of ['list', 'wide'] as const) {
      const logits = matrix(500, 3);
      writeMatrix(file, logits, form, cut(500, 77));
      const [kept, nulled] = [await run(file), await run(file, '--on-invalid', 'null')];
      expect(valuesIn(nulled.written, logits)).toEqual(valuesIn(kept.written, logits));
    }
  });

  test('after a run that failed it computes again, and says so', async () => {
    const file = path.join(temporaryFolder(), 'in.arrow');
    writeMatrix(file, spoiled(), 'list', BATCHES);
    const failed = await run(file);
    expect(failed.code).toBe(4);
    expect(failed.stderr).toContain(
      '--on-invalid keep, which publishes without computing again, or with --on-invalid null',
    );
    const nulled = await run(file, '--on-invalid', 'null');
    expect(nulled.code, nulled.stderr).toBe(0);
    expect(nulled.summary.resumed).toBe(false);
  });
});
