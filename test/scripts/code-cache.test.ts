import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

// A copy of what is built, with caches of the Node that runs this test.
let folder = '';
let caches: string[] = [];
const node = (...args: string[]): string =>
  execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'logitmill-code-cache-'));
  for (const part of ['dist', 'data', 'scripts']) {
    mkdirSync(join(folder, part));
    // Caches that lie there were made under other flags, if this run forces a kernel build.
    const wanted = readdirSync(part).filter((name) => part !== 'dist' || !/^bench$|\.cache$/.test(name));
    for (const name of wanted) cpSync(join(part, name), join(folder, part, name), { recursive: true });
  }
  cpSync('package.json', join(folder, 'package.json'));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  node('scripts/write-code-caches.cjs');
  caches = readdirSync(join(folder, 'dist'))
    .filter((name) => name.endsWith(`${process.version}-${process.arch}.cache`))
    .map((name) => join(folder, 'dist', name));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Whether the program's cache is taken, and the bytes of a job's output. */
function run(): { rejected: string; output: Buffer } {
  const rejected = node(
    '-p',
    `require('./dist/index.js'); [...require('./dist/cached-module.js').loaded.values()][0].cachedDataRejected`,
  ).trim();
  node('dist/cli.js', 'run', 'data/digits.arrow', '-o', 'probs.arrow', '--overwrite', '--quiet');
  return { rejected, output: readFileSync(join(folder, 'probs.arrow')) };
}

test('what the build compiled is read instead of compiled again', () => {
  // The program, and a worker; on Node 20, where text has a flag of its own, under both sets of flags.
  expect(caches).toHaveLength(process.versions.node.startsWith('20.') ? 3 : 2);
  expect(run().rejected).toBe('false');
});

test.each([
  ['another version', (bytes: Buffer) => Buffer.concat([Buffer.from([1, 2, 3, 4]), bytes.subarray(4)])],
  ['truncated', (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
  ['empty', () => Buffer.alloc(0)],
])('a cache that is not to be used is passed over: %s', (_, damage) => {
  const { output } = run();
  const whole = caches.map((cache) => readFileSync(cache));
  for (const [index, cache] of caches.entries()) writeFileSync(cache, damage(whole[index] as Buffer));
  const after = run();
  expect(after.rejected).toBe('true');
  expect(after.output.equals(output)).toBe(true);
  for (const [index, cache] of caches.entries()) writeFileSync(cache, whole[index] as Buffer);
});

test('a program without caches runs', () => {
  const { output } = run();
  for (const cache of caches) rmSync(cache);
  expect(run().output.equals(output)).toBe(true);
});
