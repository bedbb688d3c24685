import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { CLI, temporaryFolder } from './cli/run.ts';

const README = fs.existsSync('README.md') ? fs.readFileSync('README.md', 'utf8') : '';
const SETUP = 'npm ci && ';

interface Block {
  text: string;
  /** Why it is not run here: the comment `<!-- not run: … -->` on the line before it. */
  notRun: string | undefined;
}

/** The fenced blocks marked `sh`. */
function shellBlocks(markdown: string): Block[] {
  const found = markdown.matchAll(/(?:<!-- not run: (.+?) -->\s*\n)?```sh\n([\s\S]*?)```/g);
  return [...found].map(([, notRun, text]) => ({ notRun, text }));
}

const blocks = shellBlocks(README);

describe('README.md', () => {
  test('begins with the two commands that a new machine needs', () => {
    const commands = blocks.flatMap(({ text }) => text.trimEnd().split('\n'));
    expect(commands.some((line) => line.startsWith(`${SETUP}npx logitmill run data/digits.csv`))).toBe(true);
    expect(commands).toContain(`${SETUP}npm test`);
  });

  test('stays short', () => expect(README.split('\n').length).toBeLessThanOrEqual(151));

  test('its commands work, one after the other', { timeout: 300_000 }, () => {
    const folder = temporaryFolder();
    fs.cpSync('data', path.join(folder, 'data'), { recursive: true });
    fs.copyFileSync('package.json', path.join(folder, 'package.json'));
    const commands = path.join(folder, 'node_modules', '.bin');
    fs.mkdirSync(commands, { recursive: true });
    fs.symlinkSync(CLI, path.join(commands, 'logitmill'));
    const env = { ...process.env, PATH: `${commands}:${process.env.PATH}` };

    const runnable = blocks.filter(({ notRun }) => notRun === undefined);
    expect(runnable.length).toBeGreaterThan(0);
    for (const { text } of runnable) {
      // The set-up is done by whoever runs the tests, and the tests must not run themselves.
      // npx would install the package first: in a clone it finds it built.
      const script = text
        .replaceAll(`${SETUP}npm test`, ':')
        .replaceAll(SETUP, '')
        .replaceAll('npx logitmill', 'logitmill');
      const done = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', script], {
        cwd: folder,
        env,
        encoding: 'utf8',
      });
      expect(done.status, `${text}${done.stdout}${done.stderr}`).toBe(0);
    }
  });
});
