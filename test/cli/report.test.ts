import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesBelow, logitmill, temporaryFolder } from './run.ts';

const DIGITS = path.resolve('data/digits.arrow');
const SPECIALS = path.resolve('data/golden/specials.arrow');

/** Keys are stable: scripts read them. */
const SUMMARY_KEYS = [
  'schema_version',
  'status',
  'version',
  'op',
  'dim',
  'dtype',
  'temperature',
  'inputs',
  'output',
  'classes',
  'validation',
  'kernel',
  'threads',
  'resumed',
  'seconds',
  'input_bytes_per_second',
  'peak_rss_bytes',
];

describe('--summary', () => {
  test('a file, with every key', async () => {
    const folder = temporaryFolder();
    const args = ['run', DIGITS, '-o', 'out.arrow', '--op', 'both', '--summary', 's.json', '--threads', '2'];
    const { code, stdout } = await logitmill(args, { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toBe('');
    const summary = JSON.parse(fs.readFileSync(path.join(folder, 's.json'), 'utf8'));
    expect(Object.keys(summary)).toEqual(expect.arrayContaining(SUMMARY_KEYS));
    expect(summary).toMatchObject({
      schema_version: 1,
      status: 'ok',
      op: 'both',
      dim: -1,
      dtype: 'float32',
      temperature: 1,
      inputs: [{ path: DIGITS, format: 'arrow', bytes: fs.statSync(DIGITS).size, rows: 1797, batches: 4 }],
      output: {
        format: 'arrow',
        bytes: fs.statSync(path.join(folder, 'out.arrow')).size,
        rows: 1797,
        batches: 4,
      },
      classes: 10,
      validation: {
        unit: 'row',
        rows_checked: 1797,
        rows_valid: 1797,
        rows_invalid: 0,
        rows_null: 0,
        first_invalid: [],
      },
      resumed: false,
    });
    expect(summary.version).toBe(JSON.parse(fs.readFileSync('package.json', 'utf8')).version);
    expect(summary.kernel).toMatch(/^f32-(.+-)?(relaxed-)?simd$/);
    expect(summary.validation.max_deviation).toBeLessThan(summary.validation.tolerance);
    expect(summary.validation.worst_row).toBeGreaterThanOrEqual(0);
    expect(summary.consistency.max_abs_difference).toBeGreaterThan(0);
    expect(summary.consistency.max_abs_difference).toBeLessThan(1e-5);
    expect(summary.seconds).toBeGreaterThan(0);
    expect(summary.threads).toBeGreaterThan(0);
  });

  test('- is standard output, and nothing else goes there', async () => {
    const args = ['run', DIGITS, '-o', 'out.arrow', '--summary', '-'];
    const { code, stdout } = await logitmill(args, { cwd: temporaryFolder() });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'ok', classes: 10 });
  });

  test('a failed run has one too', async () => {
    const args = ['run', 'nowhere.arrow', '-o', 'out.arrow', '--summary', '-'];
    const { code, stdout } = await logitmill(args, { cwd: temporaryFolder() });
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      schema_version: 1,
      status: 'failed',
      error: { code: 'INPUT_MISSING' },
    });
  });

  test('an existing summary is replaced whole', async () => {
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, 's.json'), 'x'.repeat(100_000));
    await logitmill(['run', DIGITS, '-o', 'out.arrow', '--summary', 's.json'], { cwd: folder });
    expect(JSON.parse(fs.readFileSync(path.join(folder, 's.json'), 'utf8')).status).toBe('ok');
    expect(filesBelow(folder)).toEqual(['out.arrow', 's.json']);
  });
});

test('peak_rss_bytes is of this process, not of the one that started it', async () => {
  const large = Buffer.alloc(400e6, 1);
  const { stdout } = await logitmill([
    'run',
    'data/digits.arrow',
    '-o',
    `${temporaryFolder()}/x.arrow`,
    '--summary',
    '-',
  ]);
  expect(JSON.parse(stdout).peak_rss_bytes).toBeGreaterThan(20e6);
  expect(JSON.parse(stdout).peak_rss_bytes).toBeLessThan(300e6);
  expect(large.at(-1)).toBe(1);
});

describe('what a person reads', () => {
  test('a short summary on standard error', async () => {
    const { stderr } = await logitmill(['run', DIGITS, '-o', 'out.arrow'], { cwd: temporaryFolder() });
    expect(stderr).toMatch(/1,?797 rows/);
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(6);
  });

  test('--quiet says nothing of a good run', async () => {
    const { code, stdout, stderr } = await logitmill(['run', DIGITS, '-o', 'out.arrow', '--quiet'], {
      cwd: temporaryFolder(),
    });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('--quiet still says what is wrong', async () => {
    const { code, stderr } = await logitmill(['run', 'nowhere.arrow', '-o', 'out.arrow', '-q'], {
      cwd: temporaryFolder(),
    });
    expect(code).toBe(3);
    expect(stderr).toMatch(/nowhere\.arrow/);
  });

  test('invalid rows: how many, which first, why, and the way out', async () => {
    const { code, stderr } = await logitmill(['run', SPECIALS, '-o', 'out.arrow'], {
      cwd: temporaryFolder(),
    });
    expect(code).toBe(4);
    expect(stderr).toMatch(/4 .*rows/);
    expect(stderr).toMatch(/row 1\b.*nan/i);
    expect(stderr).toMatch(/^try: .*--on-invalid (null|keep)/m);
  });

  test('--log-format json: every line is JSON', async () => {
    for (const input of [DIGITS, SPECIALS]) {
      const { stderr } = await logitmill(['run', input, '-o', 'out.arrow', '--log-format', 'json'], {
        cwd: temporaryFolder(),
      });
      const lines = stderr.trimEnd().split('\n');
      for (const line of lines) expect(JSON.parse(line)).toBeTypeOf('object');
    }
  });
});
