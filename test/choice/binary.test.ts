import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readArrow } from '../cli/arrow.ts';
import { filesBelow, logitmill, temporaryFolder } from '../cli/run.ts';
import { textFile } from './files.ts';
import { realShellWords } from './follow.ts';

/** Runs a text, and says what became of it. */
async function run(text: string, ...args: string[]) {
  const cwd = temporaryFolder();
  fs.writeFileSync(path.join(cwd, 'in.csv'), text);
  const ended = await logitmill(['run', 'in.csv', '-o', 'out.arrow', '--summary', 'sum.json', ...args], {
    cwd,
  });
  const summary = JSON.parse(fs.readFileSync(path.join(cwd, 'sum.json'), 'utf8'));
  return { ...ended, cwd, summary, output: path.join(cwd, 'out.arrow') };
}

/** Softmax in float64, with nulls throughout where one is. */
function softmax(row: (number | null)[]): (number | null)[] {
  const numbers = row.map((value) => value ?? Number.NaN);
  const most = Math.max(...numbers);
  const sum = numbers.reduce((before, value) => before + Math.exp(value - most), 0);
  return numbers.map((value) => (Number.isNaN(sum) ? null : Math.exp(value - most) / sum));
}

describe('the program itself', () => {
  test('what it prints, followed by a shell, leads to the right probabilities', async () => {
    let [done, followed] = [0, 0];
    for (let seed = 0; done < 6; seed++) {
      const { text, truth, what } = textFile(seed);
      if (!truth) continue;
      const words: string[] = [];
      for (let step = 0; step < 6; step++) {
        const { code, stderr, output } = await run(text, ...words);
        if (code === 0) {
          const { columns } = readArrow(output);
          for (const [index, name] of truth.names.entries()) {
            const found = columns.get(`probs_${name}`) ?? [];
            for (const [row, logits] of truth.rows.entries()) {
              const wanted = softmax(logits)[index];
              if (wanted === null) expect(found[row], what).toBeNull();
              else expect(Math.abs((found[row] as number) - (wanted as number)), what).toBeLessThan(1e-6);
            }
          }
          expect([...columns.keys()].filter((name) => name.startsWith('probs_')).length, what).toBe(
            truth.names.length,
          );
          done++;
          if (step > 0) followed++;
          break;
        }
        const hint = /^try: (.*)$/m.exec(stderr)?.[1] ?? '';
        // A choice is the user's, who knows.
        if (hint.includes('  or  ') || !hint.startsWith('--')) break;
        words.push(...realShellWords(hint));
      }
    }
    expect(followed).toBeGreaterThan(0);
  });

  test('warnings are said, and are errors with --strict', async () => {
    const text = 'a,b\n0.25,0.75\n0.25,0.75\n';
    const warned = await run(text);
    expect(warned.code, warned.stderr).toBe(0);
    expect(warned.stderr).toContain('logits: a, b, 2 columns of float32');
    expect(warned.stderr).toContain('warning: all 2 rows are the same');
    expect(warned.summary.warnings.map(({ code }: { code: string }) => code)).toEqual([
      'PROBABILITIES',
      'SAME_ROW',
    ]);
    const strict = await run(text, '--strict');
    expect(strict.code).toBe(4);
    expect(strict.summary.error.code).toBe('WARNED');
    expect(filesBelow(strict.cwd)).toEqual(['in.csv', 'sum.json']);
    const one = await run('a\n0.5\n-1.5\n', '--columns', 'a', '--op', 'sigmoid', '--strict');
    expect(one.code, one.stderr).toBe(0);
    const lone = await run('a\n0.5\n-1.5\n', '--columns', 'a');
    expect(lone.stderr).toContain('a lone logit wants a sigmoid: --op sigmoid');
    expect(lone.summary.warnings.map(({ code }: { code: string }) => code)).toEqual(['ONE_CLASS']);
    const refused = await run('a\n0.5\n-1.5\n', '--columns', 'a', '--strict');
    expect([refused.code, refused.summary.error.code]).toEqual([4, 'WARNED']);
    expect(filesBelow(refused.cwd)).toEqual(['in.csv', 'sum.json']);
    const plain = await run('a,b\n0.5,7.5\n-1.5,0.25\n');
    expect(plain.summary.warnings).toEqual([]);
  });

  test('nulls throughout are not published unless they are wanted; some are, unless not', async () => {
    const all = await run('a,b\n,0.5\n1.5,\n');
    expect([all.code, all.summary.error.code]).toEqual([4, 'NULL_ROWS']);
    const kept = await logitmill(['run', 'in.csv', '-o', 'out.arrow', '--on-null', 'keep', '--quiet'], {
      cwd: all.cwd,
    });
    expect(kept.code, kept.stderr).toBe(0);
    expect(readArrow(all.output).columns.get('probs_a')).toEqual([null, null]);
    const some = 'a,b\n0.25,0.5\n1.5,\n';
    expect((await run(some)).code).toBe(0);
    expect((await run(some, '--on-null', 'fail')).code).toBe(4);
  });

  test('its own output is no input, unless one insists', async () => {
    const { cwd } = await run('a,b\n0.5,1.5\n2.5,0.25\n');
    const again = ['run', 'out.arrow', '-o', 'again.arrow'];
    const refused = await logitmill(again, { cwd });
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining('is an output of logitmill already'),
    ]);
    expect(
      (
        await logitmill([...again, '--force-input', '--keep', 'none', '--columns', 'probs_a,probs_b'], {
          cwd,
        })
      ).code,
    ).toBe(0);
  });
});
