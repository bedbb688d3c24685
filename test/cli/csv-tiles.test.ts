// @module-tag long
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { random } from '../kernels/harness.ts';
import { logitmill, temporaryFolder } from './run.ts';

/** Of the chunk, 2 MiB, thousands of rows: many tiles of a few columns. */
const ROWS = 30_000;
const rnd = random(11);

/** Numbers and text beside logits, with nulls everywhere or nowhere. */
function table(hasNulls: boolean, hasText: boolean): string {
  const lines = [`id,share,${hasText ? 'label,' : ''}done,${Array.from({ length: 8 }, (_, i) => `l${i}`)}`];
  const or = (share: number, value: string): string => (hasNulls && rnd() < share ? '' : value);
  for (let row = 0; row < ROWS; row++) {
    const logits = Array.from({ length: 8 }, () => or(0.001, ((rnd() - 0.5) * 20).toFixed(6)));
    const label = hasText ? `${or(0.2, rnd() < 0.1 ? `"say ""${row}"""` : `class ${row % 17}`)},` : '';
    lines.push(
      `${or(0.1, String(row * 7))},${or(0.1, rnd().toFixed(3))},${label}${or(0.1, rnd() < 0.5 ? 'true' : 'false')},${logits}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

const LOGITS = ['--columns', 'l0..l7'];

test.each([
  ['nothing else', false, false, ['--keep', 'none']],
  ['columns that pass through', false, false, ['--op', 'both', '--keep-logits']],
  ['text', true, true, ['--op', 'both', '--keep-logits']],
  ['nulls', true, false, ['--keep-logits', '--dtype', 'float16', '--op', 'log_softmax']],
  ['a list', true, false, ['--layout', 'list', '--op', 'both', '--dtype', 'float64']],
  ['nulls that are masked', true, true, ['--mask-nulls', '--dtype', 'float64']],
] as const)('%s: the same bytes whether or not a chunk fits into memory', async (_what, hasNulls, hasText, args) => {
  const cwd = temporaryFolder();
  fs.writeFileSync(path.join(cwd, 'in.csv'), table(hasNulls, hasText));
  const [large, little] = await Promise.all(
    ['64MiB', hasText ? '7MiB' : '4MiB'].map(async (memory) => {
      const out = `${memory}.arrow`;
      const common = ['run', 'in.csv', '-o', out, ...LOGITS, ...args, '--threads', '1', '--memory', memory];
      const { code, stderr } = await logitmill(common, { cwd });
      expect(code, stderr).toBe(0);
      return fs.readFileSync(path.join(cwd, out));
    }),
  );
  expect(large!.equals(little!)).toBe(true);
});
