import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { CLI } from './cli/run.ts';

const MARK = '<!-- what --help prints; `npx vitest run test/docs.test.ts -u` brings it up to date -->';

test('docs/cli.md has the help of `run` as it is printed (after a change: npx vitest run test/docs.test.ts -u)', async () => {
  const help = execFileSync(process.execPath, [CLI, 'run', '--help'], { encoding: 'utf8' });
  const page = fs.readFileSync('docs/cli.md', 'utf8');
  expect(page).toContain(MARK);
  const [before, after] = page.split(MARK);
  const rest = after.slice(after.indexOf('```\n', after.indexOf('```\n') + 4) + 4);
  const current = `${before}${MARK}\n\`\`\`\n${help.trimEnd()}\n\`\`\`\n${rest}`;
  await expect(current).toMatchFileSnapshot('../docs/cli.md');
});
