import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { VERSION } from '../../src/version.ts';
import { fieldTexts, type ReadTable, readArrow } from '../cli/arrow.ts';
import { filesBelow, logitmill, temporaryFolder } from '../cli/run.ts';
import { exactSum, firstDifference } from './compare.ts';
import { type Expected, readCases } from './expected.ts';

const cases = readCases('data/golden');

describe('data/golden', () => {
  test('holds cases', () => expect(cases.length).toBeGreaterThan(50));

  test.each(cases.map((item) => [item.name, item] as const))('%s', async (_name, { input, expected }) => {
    const folder = temporaryFolder();
    const output = path.join(folder, 'out.arrow');
    const summaryFile = path.join(folder, 'summary.json');
    const args = ['run', input, '-o', output, '--summary', summaryFile, ...(expected.args ?? [])];
    const { code, stdout, stderr } = await logitmill(args);

    expect(code, stderr).toBe(expected.exitCode ?? 0);
    expect(stdout).toBe('');
    if (expected.message) expect(stderr).toMatch(new RegExp(expected.message, 's'));
    const summary = JSON.parse(fs.readFileSync(summaryFile, 'utf8'));
    expect(summary.schema_version).toBe(1);
    if (expected.summary) expect(summary).toMatchObject(expected.summary);
    if (expected.error) expect(summary.error.code).toBe(expected.error);

    if (code !== 0) {
      // Invalid rows may be published by a later run, from what is kept for it; nothing else may stay.
      const kept = code === 4 ? ['.out.arrow.journal', '.out.arrow.partial'] : [];
      expect(filesBelow(folder)).toEqual([...kept, 'summary.json']);
      return;
    }
    expect(filesBelow(folder)).toEqual(['out.arrow', 'summary.json']);
    const table = readArrow(output);
    checkShape(table, expected);
    for (const [name, values] of Object.entries(expected.values ?? {}))
      same(table.columns.get(name), values, name, expected.tolerance?.[name]);
    if (expected.same) {
      const source = readArrow(input);
      for (const name of expected.same) same(table.columns.get(name), source.columns.get(name), name);
    }
    if (expected.sumOf) checkSums(table, expected.sumOf);
  });
});

function same(
  actual: unknown,
  values: unknown,
  name: string,
  tolerance?: Parameters<typeof firstDifference>[2],
) {
  expect(firstDifference(actual, values, tolerance, name)).toBeUndefined();
}

function checkShape(table: ReadTable, expected: Expected): void {
  if (expected.schema) expect(fieldTexts(table.schema)).toEqual(expected.schema);
  if (expected.names) expect(table.schema.fields.map((field) => field.name)).toEqual(expected.names);
  if (expected.batches) expect(table.batches).toEqual(expected.batches);
  const rows = table.batches.reduce((sum, count) => sum + count, 0);
  if (expected.rows !== undefined) expect(rows).toBe(expected.rows);
  for (const [name, nullable] of Object.entries(expected.nullable ?? {}))
    expect(fieldNamed(table, name)?.nullable, `${name} is nullable`).toBe(nullable);
  for (const [name, metadata] of Object.entries(expected.metadata ?? {})) {
    const found = name === '' ? table.schema.metadata : fieldNamed(table, name)?.metadata;
    const { logitmill: _, ...others } = Object.fromEntries(found ?? []);
    expect(others).toEqual(metadata);
  }
  const provenance = JSON.parse(table.schema.metadata.get('logitmill') ?? 'null');
  expect(provenance).toMatchObject({ version: VERSION, ...expected.provenance });
  expect(provenance.kernel).toMatch(/^f(16|32|64)-/);
}

function fieldNamed(table: ReadTable, name: string) {
  return table.schema.fields.find((field) => field.name === name);
}

/** `row_sum` is the float64 sum of the probabilities as stored: of those in the file, not of the expected ones. */
function checkSums(table: ReadTable, { columns, exp, abs }: NonNullable<Expected['sumOf']>): void {
  const stored = columns.map((name) => table.columns.get(name) ?? []);
  const sums = table.columns.get('row_sum') ?? [];
  expect(sums.length).toBe(stored[0]?.length ?? 0);
  for (const [row, sum] of sums.entries()) {
    const cells = stored.map((column) => column[row]);
    if (cells.includes(null)) {
      expect(sum, `row_sum[${row}]`).toBeNull();
      continue;
    }
    const numbers = cells.flat().map((cell) => (exp ? Math.exp(cell as number) : (cell as number)));
    const exact = exactSum(numbers);
    if (Number.isNaN(exact)) expect(sum, `row_sum[${row}]`).toBeNaN();
    else expect(Math.abs((sum as number) - exact), `row_sum[${row}]`).toBeLessThanOrEqual(abs);
  }
}
