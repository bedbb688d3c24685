// @module-tag long
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Results } from '../bench/results.ts';
import { filesBelow, temporaryFolder } from './cli/run.ts';

const node = promisify(execFile);

/** No test says how long anything takes. */
test('`npm run bench -- --quick` measures every quick work and writes its table', async () => {
  const folder = temporaryFolder();
  const [inputs, results] = [path.join(folder, 'inputs'), path.join(folder, 'results')];
  const { stdout } = await node(process.execPath, [
    ...['bench/run.mjs', 'run', '--quick', '--goals', '--scale', '0.0005', '--rounds', '1'],
    ...['--no-peers', '--inputs', inputs, '--disk', inputs, '--results', results],
  ]);
  const [json, page] = filesBelow(results);
  expect(json).toMatch(/^\d{4}-\d\d-\d\d-[a-z0-9-]+-quick\.json$/);
  const found: Results = JSON.parse(fs.readFileSync(path.join(results, json), 'utf8'));
  const measured = found.works.filter(({ skipped }) => skipped === undefined);
  expect(measured.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'list-1000',
      'list-10',
      'wide-100',
      'both',
      'csv-1000',
      'small',
      'folder',
      'validate',
    ]),
  );
  for (const { turns } of measured)
    for (const { rounds, dropped } of turns) {
      expect(dropped).toBeUndefined();
      expect(rounds).toHaveLength(1);
      expect(rounds[0].seconds).toBeGreaterThan(0);
    }

  const text = fs.readFileSync(path.join(results, page), 'utf8');
  expect(text).toContain('## Goals');
  expect(text).toContain('node dist/cli.js run $INPUTS/list-float32');
  expect(text).not.toContain(folder);
  for (const { title } of measured) {
    const table = text.split(`### ${title}\n\n`)[1].split('\n\n')[0].split('\n');
    expect(table.length).toBeGreaterThan(3);
    for (const line of table) expect(line).toMatch(/^\|( [^|]* \|){8}$|^\|( -+:? \|){8}$/);
    expect(stdout).toContain(table.join('\n'));
  }
  expect(filesBelow(inputs)).toEqual([]);
});

test('`npm run bench` refuses what it does not know', async () => {
  const run = (...words: string[]) => node(process.execPath, ['bench/run.mjs', 'run', ...words]);
  await expect(run('--only', 'nothing-of-that-name')).rejects.toThrow(
    'no work is called nothing-of-that-name',
  );
  await expect(run('--rounds', 'many')).rejects.toThrow('--rounds expects a number above 0, got many');
  expect((await run('--list')).stdout).toMatch(/^list-1000 +Arrow list, float32 x 1000$/m);
});

test('docs/performance.md says what the results that it names say', async () => {
  const folder = temporaryFolder();
  const page = path.join(folder, 'performance.md');
  fs.copyFileSync('docs/performance.md', page);
  await node(process.execPath, ['bench/run.mjs', 'page', '--page', page]);
  expect(fs.readFileSync(page, 'utf8')).toBe(fs.readFileSync('docs/performance.md', 'utf8'));
  for (const name of filesBelow(folder).filter((file) => file.endsWith('.svg')))
    expect(fs.readFileSync(path.join(folder, name), 'utf8')).toBe(
      fs.readFileSync(path.join('docs', name), 'utf8'),
    );
});

test('a comparison of two builds prints a line for each work', async () => {
  const folder = temporaryFolder();
  const { stdout } = await node(process.execPath, [
    ...['bench/run.mjs', 'against', 'dist', '--only', 'small,list-1000', '--rounds', '1'],
    ...['--scale', '0.0005', '--inputs', folder, '--disk', folder],
  ]);
  expect(stdout).toMatch(/^\| list-1000 +\| +\d+\.\d+ \[\d+\.\d+, \d+\.\d+\] \|/m);
  expect(stdout).toMatch(/^\| small +\|/m);
});
