// @module-tag long
import { readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bitsOf, flipped } from './flipped.ts';
import { Installed } from './installed.ts';

/** Of each file that V8 takes on trust, and how many bits are tried, one a run. */
const BITS = 6;

let installed: Installed;
let large: string;
beforeAll(() => {
  installed = new Installed();
  installed.makeCaches();
  large = writeLargeText();
});
afterAll(() => installed.remove());

/** Enough for threads to be started, so that a worker's files are read as well. */
function writeLargeText(): string {
  const file = join(installed.folder, 'large.csv');
  const names = Array.from({ length: 10 }, (_, index) => `c${index}`);
  const rows = Array.from(
    { length: 60_000 },
    (_, row) => `${names.map((_, index) => ((row * (index + 3)) % 1999) / 128 - 7).join()}\n`,
  );
  writeFileSync(file, `${names.join()}\n${rows.join('')}`);
  return file;
}

test.each([
  ['a small file', () => ({})],
  ['text by threads', () => ({ input: large, options: ['--threads', '2'] })],
])('%s: with a bit flipped in any of the caches come the right bytes', (_, job) => {
  const right = installed.run(job()).output;
  expect(right.length).toBeGreaterThan(0);
  expect(installed.caches.length).toBeGreaterThan(1);
  for (const file of installed.caches) {
    const whole = readFileSync(file);
    for (const bit of bitsOf(whole, BITS)) {
      writeFileSync(file, flipped(whole, bit));
      const { code, output } = installed.run(job());
      expect(code, `${file}, bit ${bit}`).toBe(0);
      expect(output.equals(right), `${file}, bit ${bit}`).toBe(true);
    }
    writeFileSync(file, whole);
  }
});

test.each(readdirSync('dist/kernels'))('%s with a bit flipped is not used', (name) => {
  const file = join(installed.folder, 'dist/kernels', name);
  const kernel = name.includes('relaxed') ? 'relaxed' : 'baseline';
  const job = {
    input: name.startsWith('csv') ? 'data/digits.csv' : 'data/digits.arrow',
    options: [
      ...['--kernel', kernel, '--keep', 'none', '--quiet'],
      ...(name.startsWith('csv') ? ['--columns', 'logit_*'] : []),
      ...(name.startsWith('float64') ? ['--dtype', 'float64'] : []),
      ...(name.startsWith('float16') ? ['--dtype', 'float16'] : []),
      ...(name.startsWith('convert') ? ['--dtype', 'float64'] : []),
      ...(name.startsWith('derived') ? ['--add', 'argmax'] : []),
      ...(name.startsWith('lz4') ? ['--compression', 'lz4'] : []),
    ],
  };
  const whole = readFileSync(file);
  expect(installed.run(job).code).toBe(0);
  for (const bit of bitsOf(whole, BITS)) {
    writeFileSync(file, flipped(whole, bit));
    const { code, stderr } = installed.run(job);
    expect(code, `bit ${bit}`).toBe(1);
    expect(stderr.split('\n')[0]).toBe(
      `logitmill: ${realpathSync(file)}: the installation of logitmill is damaged: it is not as it was built`,
    );
  }
  writeFileSync(file, whole);
});
