import { chmodSync, chownSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { othersCanRun } from '../cli/run.ts';
import { flipped } from './flipped.ts';
import { Installed } from './installed.ts';

let installed: Installed;
let right: Buffer;
let whole: Map<string, Buffer>;

beforeAll(() => {
  installed = new Installed();
  installed.makeCaches();
  whole = new Map(installed.caches.map((cache) => [cache, readFileSync(cache)]));
  right = installed.run().output;
});
beforeEach(() => {
  for (const [cache, bytes] of whole) writeFileSync(cache, bytes);
});
afterAll(() => installed.remove());

const isRoot = process.getuid?.() === 0;

test('what the build compiled is read instead of compiled again', () => {
  // The program, and a worker; on Node 20, where text has a flag of its own, under both sets of flags.
  expect(whole.size).toBe(process.versions.node.startsWith('20.') ? 3 : 2);
  expect(installed.rejected()).toBe('false');
});

test.each([
  ['another version', (bytes: Buffer) => Buffer.concat([Buffer.from([1, 2, 3, 4]), bytes.subarray(4)])],
  ['a flipped bit', (bytes: Buffer) => flipped(bytes, bytes.length * 4)],
  ['truncated', (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
  ['empty', () => Buffer.alloc(0)],
])('a cache that is not as it was written is passed over, and written anew: %s', (_, damage) => {
  for (const [cache, bytes] of whole) writeFileSync(cache, damage(bytes));
  expect(installed.rejected()).toBe('undefined');
  const { code, output } = installed.run();
  expect(code).toBe(0);
  expect(output.equals(right)).toBe(true);
  expect(installed.rejected()).toBe('false');
});

test('another source runs, also one of the same length, and gets a cache of its own', () => {
  const file = join(installed.folder, 'dist', basename([...whole.keys()][0]).replace(/\.js\..*/, '.js'));
  const source = readFileSync(file, 'utf8');
  const changed = source.replace('of memory at most', 'OF MEMORY AT MOST');
  expect(changed).not.toBe(source);
  expect(changed.length).toBe(source.length);
  writeFileSync(file, changed);
  for (let start = 0; start < 2; start++) expect(installed.run().stderr).toContain('OF MEMORY AT MOST');
  expect(installed.rejected()).toBe('false');
  writeFileSync(file, source);
  expect(installed.run().stderr).toContain('of memory at most');
});

test('the first job makes the caches that are missing, and leaves nothing else', () => {
  for (const cache of whole.keys()) rmSync(cache);
  expect(installed.node('dist/cli.js', '--version')).not.toBe('');
  expect(installed.caches).toEqual([]);
  const { stderr, output } = installed.run({ options: ['--quiet'] });
  expect(stderr).toBe('');
  expect(output.equals(right)).toBe(true);
  const [program] = whole.keys();
  expect(installed.caches).toEqual([program]);
  expect(statSync(program).mode & 0o777).toBe(0o644);
  expect(installed.rejected()).toBe('false');
});

test('where the folder cannot be written, jobs are done without', ({ skip }) => {
  if (!othersCanRun(join(installed.folder, 'dist', 'cli.js')))
    return skip('a second user needs root, and a folder that others may enter');
  for (const cache of whole.keys()) rmSync(cache);
  const { code, stderr, output } = installed.run({ uid: 65_534, options: ['--quiet'] });
  expect([code, stderr]).toEqual([0, '']);
  expect(output.equals(right)).toBe(true);
  expect(installed.caches).toEqual([]);
});

test.runIf(isRoot)('a cache that somebody else may have written is not trusted', () => {
  const [program] = whole.keys();
  chownSync(program, 65_533, 65_533);
  expect(installed.rejected()).toBe('undefined');
  chownSync(program, 0, 0);
  expect(installed.rejected()).toBe('false');
  chmodSync(program, 0o666);
  expect(installed.rejected()).toBe('undefined');
  chmodSync(program, 0o644);
  expect(installed.rejected()).toBe('false');
});
