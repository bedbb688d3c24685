import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runJob } from '../faults/kill.ts';
import { CLI, logitmill, temporaryFolder } from './run.ts';

// A finished run with invalid rows is published by a second one, which computes nothing, with the bytes of a run that
// was told so from the start.

const ROWS = 20_000;
const COLUMNS = 6;

/** Rows with empty fields, rows with nan and inf, rows with both, and plain ones. */
function csv(file: string, hasNulls = true): void {
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
  const lines = [Array.from({ length: COLUMNS }, (_, column) => `c${column}`).join()];
  for (let row = 0; row < ROWS; row++) {
    const cells = Array.from({ length: COLUMNS }, () => (random() * 8 - 4).toFixed(5));
    if (hasNulls && row % 13 === 0) cells[row % COLUMNS] = '';
    if (row % 29 === 0) cells[(row + 1) % COLUMNS] = row % 2 === 0 ? 'nan' : 'inf';
    lines.push(cells.join());
  }
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
}

async function summaryOf(args: readonly string[], code: number) {
  const run = await logitmill(['run', ...args, '--quiet', '--summary', '-']);
  expect(run.code, run.stderr).toBe(code);
  return JSON.parse(run.stdout);
}

/** CSV, and what is made of it: wide, as a list, with and without null rows, in one batch and in many. */
async function inputs(folder: string): Promise<[name: string, file: string, ...args: string[]][]> {
  const at = (name: string): string => path.join(folder, name);
  csv(at('in.csv'));
  const keepLogits = ['--keep-logits', '--on-invalid', 'keep', '--quiet'];
  for (const layout of ['wide', 'list'])
    await summaryOf([at('in.csv'), '-o', at(`${layout}.arrow`), '--layout', layout, ...keepLogits], 0);
  return [
    ['CSV', at('in.csv')],
    ['wide Arrow', at('wide.arrow'), '--force-input', '--columns', 'c*', '--keep', 'none'],
    [
      'wide Arrow to a list, both',
      at('wide.arrow'),
      '--force-input',
      '--columns',
      'c*',
      '--keep',
      'none',
      '--layout',
      'list',
      '--op',
      'both',
    ],
    ['small batches, nulls masked', 'data/golden/nulls.arrow', '--mask-nulls'],
  ];
}

test('fail, then keep or null: published without computing again', async () => {
  const folder = temporaryFolder();
  let tried = 0;
  for (const [name, file, ...args] of await inputs(folder)) {
    if (!fs.existsSync(file)) continue;
    const wanted = new Map<string, Buffer>();
    let invalid = 0;
    for (const answer of ['keep', 'null']) {
      const output = path.join(folder, `${answer}.arrow`);
      const summary = await summaryOf([file, '-o', output, ...args, '--on-invalid', answer], 0);
      invalid = summary.validation.rows_invalid;
      wanted.set(answer, fs.readFileSync(output));
      // Where all invalid rows are null, nothing is left to find fault with.
      const { code, stderr } = await logitmill(['validate', output]);
      expect(code, `${name}, ${answer}: ${stderr}`).toBe(answer === 'null' || invalid === 0 ? 0 : 4);
      fs.rmSync(output);
    }
    if (invalid === 0) continue;
    tried++;
    expect(wanted.get('keep')!.equals(wanted.get('null')!), name).toBe(false);
    for (const answer of ['keep', 'null']) {
      const output = path.join(folder, 'out.arrow');
      await summaryOf([file, '-o', output, ...args], 4);
      const summary = await summaryOf([file, '-o', output, ...args, '--on-invalid', answer], 0);
      expect(summary.resumed, name).toBe(true);
      expect(fs.readFileSync(output).equals(wanted.get(answer)!), `${name}, ${answer}`).toBe(true);
      fs.rmSync(output);
    }
  }
  expect(tried).toBeGreaterThanOrEqual(3);
});

test.each([
  ['null', 'keep', true],
  ['null', 'keep', false],
  ['keep', 'null', true],
])('%s that a failed link left behind does not outlive %s, with null rows: %s', async (before, after, hasNulls) => {
  const folder = temporaryFolder();
  const output = path.join(folder, 'out.arrow');
  const input = path.join(folder, 'in.csv');
  csv(input, hasNulls);
  const args = (answer: string) => [input, '-o', output, '--on-invalid', answer];
  await summaryOf(args(after), 0);
  const wanted = fs.readFileSync(output);
  fs.rmSync(output);
  const { code, stderr } = await runJob(
    { args: [CLI, 'run', ...args(before), '--quiet'] },
    { faults: { LOGITMILL_FAULT: JSON.stringify({ folder, call: 'link', nth: 2, errno: 'EIO' }) } },
  );
  expect(code, stderr).toBe(5);
  expect((await summaryOf(args(after), 0)).resumed).toBe(true);
  expect(fs.readFileSync(output).equals(wanted)).toBe(true);
});
