import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { assemble, buildFile, field } from '../arrow/build.ts';
import { exactToHalf, halfToNumber } from '../kernels/half.ts';
import { random } from '../kernels/harness.ts';
import { referenceRow } from '../kernels/reference.ts';
import { logitmill, temporaryFolder } from './run.ts';

type Bits = 16 | 32 | 64;
type Form = 'rows' | 'ragged' | 'columns';

const pack = (values: number[], bits: Bits): ArrayBufferView =>
  bits === 64
    ? Float64Array.from(values)
    : bits === 32
      ? Float32Array.from(values)
      : Uint16Array.from(values, exactToHalf);

/** Writes rows of one length in a form; returns the file. */
function write(rows: number[][], bits: Bits, form: Form = 'rows', name = 'probs'): string {
  const [count, width] = [rows.length, rows[0]!.length];
  const type = { id: 'float', bitWidth: bits } as const;
  const children = [field('item', type)];
  const file = path.join(temporaryFolder(), 'in.arrow');
  const values = pack(rows.flat(), bits);
  const [fields, batch] =
    form === 'columns'
      ? [
          Array.from({ length: width }, (_, at) => field(`${name}_${at}`, type)),
          assemble(
            count,
            rows[0]!.flatMap(() => [count, 0]),
            rows[0]!.flatMap((_, at) => [
              null,
              pack(
                rows.map((row) => row[at]!),
                bits,
              ),
            ]),
          ),
        ]
      : form === 'rows'
        ? [
            [field(name, { id: 'fixedSizeList', listSize: width }, { children })],
            assemble(count, [count, 0, count * width, 0], [null, null, values]),
          ]
        : [
            [field(name, { id: 'list' }, { children })],
            assemble(
              count,
              [count, 0, count * width, 0],
              [null, Int32Array.from({ length: count + 1 }, (_, row) => row * width), null, values],
            ),
          ];
  fs.writeFileSync(file, buildFile({ schema: { fields, metadata: [] }, batches: [batch] }));
  return file;
}

async function validated(file: string, ...args: string[]) {
  const finished = await logitmill(['validate', file, '--summary', '-', ...args]);
  return { ...finished, summary: JSON.parse(finished.stdout) };
}

const draw = random(7);
const logits = (rows: number, classes: number, spread = 6): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: classes }, () => (draw() - 0.5) * spread));
const softmax = (rows: number[][]): number[][] => rows.map((row) => [...referenceRow(row).probabilities]);

const FORMS: [Form, Bits][] = [
  ['rows', 16],
  ['rows', 32],
  ['rows', 64],
  ['columns', 16],
  ['columns', 32],
  ['columns', 64],
  ['ragged', 16],
  ['ragged', 32],
  ['ragged', 64],
];

describe('validate: values that no result can have', () => {
  test.each(FORMS)('%s of float%i whose sums are right', async (form, bits) => {
    const rows = Array.from({ length: 300 }, () => [0.25, 0.5, 0.25, 0]);
    rows[7] = [1.5, -0.5, 0, 0];
    rows[250] = [0, 0, -0.25, 1.25];
    rows[251] = [0, -0, 1, 0];
    const { code, stderr, summary } = await validated(write(rows, bits, form));
    expect(code).toBe(4);
    expect(stderr).toContain('2 of 300 rows are invalid');
    expect(stderr).toContain('  row 7: range: a value is not between 0 and 1\n');
    expect(summary.validation).toMatchObject({ rows_valid: 298, rows_invalid: 2 });
    expect(summary.validation.first_invalid).toEqual([
      { row: 7, sum: null, reason: 'range' },
      { row: 250, sum: null, reason: 'range' },
    ]);
    const logs = rows.map((row) => row.map((value) => Math.log(Math.abs(value))));
    logs[251] = [Number.NEGATIVE_INFINITY, 0, Number.NEGATIVE_INFINITY, -0];
    const ofLogs = await validated(write(logs.slice(0, 10), bits, form, 'log_probs'));
    expect(ofLogs.summary.validation.first_invalid).toEqual([{ row: 7, sum: null, reason: 'range' }]);
  });

  test('NaN and infinities have their own reasons; dim 0 names the column', async () => {
    const rows = [
      [0.5, 0.5],
      [Number.NaN, 2],
      [Number.POSITIVE_INFINITY, 0],
      [0.5, 0.25],
    ];
    const { summary } = await validated(write(rows, 32));
    expect(summary.validation.first_invalid.map(({ reason }: { reason: string }) => reason)).toEqual([
      'nan',
      'range',
      'sum',
    ]);
    const columns = [
      [0.5, 1.5, 0.5],
      [0.5, -0.5, 0.5],
    ];
    for (const form of ['rows', 'columns'] as const) {
      const found = await validated(write(columns, 64, form), '--dim', '0');
      expect(found.summary.validation.first_invalid).toMatchObject([{ row: 1, reason: 'range' }]);
    }
  });

  test('a row that does not fit in memory', async () => {
    const row = new Array<number>(400_000).fill(0);
    row[1] = 1;
    const wrong = [...row];
    wrong[399_998] = -0.5;
    wrong[0] = 0.5;
    const { summary } = await validated(write([row, wrong], 64), '--memory', '4MiB', '--threads', '2');
    expect(summary.validation.first_invalid).toEqual([{ row: 1, sum: null, reason: 'range' }]);
  });
});

describe('validate: what the sums are compared with', () => {
  test.each([
    'rows',
    'columns',
    'ragged',
  ] as const)('float32 stored as float64 is judged as float32: %s', async (form) => {
    const exact = softmax(logits(500, 60));
    const rounded = exact.map((row) => row.map(Math.fround));
    const { code, stderr, summary } = await validated(write(rounded, 64, form));
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('(softmax, float64 that holds float32)');
    expect(summary).toMatchObject({ dtype: 'float64', judged_as: 'float32' });
    expect(summary.validation.max_deviation).toBeGreaterThan(1e-9);
    // One value that is none, far behind the first ones: all are judged as what they are.
    rounded[499] = exact[499]!;
    const mixed = await validated(write(rounded, 64, form));
    expect(mixed.code).toBe(4);
    expect(mixed.summary.judged_as).toBeUndefined();
    expect(mixed.summary.validation.tolerance).toBeLessThan(1e-13);
    expect(mixed.stderr).toMatch(/ {2}and [\d,]+ more\n/);
    const pure = await validated(write(exact, 64, form));
    expect([pure.code, pure.summary.judged_as]).toEqual([0, undefined]);
  });

  test('halves: rounded once they are sound at any width, kept in halves they are not', async () => {
    for (const classes of [2, 10, 1000, 40_000]) {
      const flat = logits(4, classes, 1e-3);
      const peaked = logits(4, classes, 30);
      const { code, stderr } = await validated(write(softmax([...flat, ...peaked]), 16));
      expect(code, stderr).toBe(0);
      const logs = [...flat, ...peaked].map((row) => [...referenceRow(row).logProbabilities]);
      const ofLogs = await validated(write(logs, 16, 'rows', 'log_probs'));
      expect(ofLogs.code, ofLogs.stderr).toBe(0);
    }
    // A denominator that is added up in halves stops at 2048.
    const half = (value: number): number => halfToNumber(exactToHalf(value));
    const rows = logits(20, 1000, 2).map((row) => {
      const largest = Math.max(...row);
      const exponentials = row.map((value) => half(Math.exp(value - largest)));
      const sum = exponentials.reduce((all, value) => half(all + value), 0);
      return exponentials.map((value) => half(value / sum));
    });
    const wrong = await validated(write(rows, 16));
    expect(wrong.code).toBe(4);
    expect(wrong.stderr).not.toContain('try:');
  });

  test('a sum of float32 that is kept in float32: the tolerance that the file meets', async () => {
    const rows = softmax(logits(40, 500)).map((row, at) => row.map((value) => value * (1 + (at % 4) * 4e-6)));
    const file = write(rows, 32);
    const { code, stderr, summary } = await validated(file);
    expect(code).toBe(4);
    expect(summary.validation).toMatchObject({ rows_invalid: 30 });
    const [, hint] = /\ntry: (--tolerance \S+), which every row meets; \S+ is logitmill's own/.exec(stderr)!;
    expect((await validated(file, ...hint!.split(' '))).code).toBe(0);
  });

  test.each(FORMS.filter(([, bits]) => bits === 32))('logits are called that: %s', async (form, bits) => {
    const rows = logits(200, 30);
    const { code, stderr } = await validated(write(rows, bits, form, 'logits'));
    expect(code).toBe(4);
    expect(stderr).toContain('these look like logits, not like results of softmax\ntry: logitmill run ');
    expect(stderr).toContain('  and 180 more\n');
    const negative = await validated(
      write(
        rows.map((row) => row.map((x) => x - 9)),
        bits,
        form,
        'scores',
      ),
    );
    expect(negative.stderr).toContain('these look like logits');
  });
});

describe('validate: texts and standard input', () => {
  const TEXT = 'id,probs_a,probs_b,row_sum\nx,0.25,0.75,1\ny,0.5,0.50000001,1\nz,,1,\nw,1.5,-0.5,1\n';

  test('columns by their names, from files, compressed ones, and a pipe', async () => {
    const folder = temporaryFolder();
    const [plain, packed] = ['in.csv', 'in.csv.gz'].map((name) => path.join(folder, name)) as [
      string,
      string,
    ];
    fs.writeFileSync(plain, TEXT);
    fs.writeFileSync(packed, zlib.gzipSync(TEXT));
    for (const [file, input] of [[plain], [packed], ['-', TEXT]] as const) {
      const done = await logitmill(
        ['validate', file, '--summary', '-'],
        input === undefined ? {} : { input },
      );
      expect(done.code, done.stderr).toBe(4);
      expect(JSON.parse(done.stdout)).toMatchObject({
        op: 'softmax',
        dtype: 'float32',
        inputs: [{ path: file, format: 'csv', rows: 4 }],
        validation: { rows_valid: 2, rows_null: 1, first_invalid: [{ row: 3, reason: 'range' }] },
      });
    }
    expect(fs.readdirSync(folder)).toEqual(['in.csv', 'in.csv.gz']);
  });

  test('what run has made of a text, written as a text again; decimal commas; log-probabilities', async () => {
    const folder = temporaryFolder();
    const rows = softmax(logits(50, 4));
    const lines = rows.map((row) => row.map((value) => String(Math.log(value)).replace('.', ',')).join(';'));
    const file = path.join(folder, 'in.csv');
    fs.writeFileSync(file, `a;b;c;d\n${lines.join('\n')}\n`);
    const { code, stderr, summary } = await validated(file, '--decimal', ',');
    expect(code, stderr).toBe(0);
    expect(summary).toMatchObject({ op: 'log_softmax', validation: { rows_valid: 50 } });
    const refused = await logitmill(['validate', file]);
    expect(refused.stderr).toContain('try: --decimal ,');
  });

  test('an Arrow stream on a pipe', async () => {
    const stream = path.join(temporaryFolder(), 'out.arrows');
    expect((await logitmill(['run', path.resolve('data/digits.arrow'), '-o', stream])).code).toBe(0);
    const { code, stderr } = await logitmill(['validate', '-'], { input: fs.readFileSync(stream) });
    expect(code, stderr).toBe(0);
  });

  test('no hint names an option that validate has not', async () => {
    const integers = path.resolve('data/golden/integers.arrow');
    const { code, stderr } = await logitmill(['validate', integers, '--columns', 'a']);
    expect([code, stderr]).toEqual([expect.any(Number), expect.not.stringContaining('--dtype')]);
    const file = path.resolve('data/golden/two-lists.arrow');
    const several = await logitmill(['validate', file]);
    expect([several.code, several.stderr]).toEqual([
      2,
      expect.stringContaining('try: --column a  or  --column b'),
    ]);
  });
});
