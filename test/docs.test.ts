import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
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

test('every link between the pages leads somewhere', () => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'workers/kernels/README.md',
    ...fs.readdirSync('docs').map((name) => `docs/${name}`),
  ];
  for (const page of pages.filter((name) => name.endsWith('.md'))) {
    for (const [, target] of fs.readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)) {
      const file = path.join(path.dirname(page), target);
      expect(fs.existsSync(file), `${page} links to ${file}`).toBe(true);
    }
  }
});
