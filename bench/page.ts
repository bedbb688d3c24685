/**
 * Brings docs/performance.md and its pictures up to date from results of `npm run bench`:
 *
 *   node bench/run.mjs page [bench/results/X.json…]
 *
 * Of a work that several files have, the last counts; the machine is the first's. Without files, those that the page
 * names are taken. `--page FILE` writes another page than docs/performance.md.
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { plots } from './plots.ts';
import { blocks } from './report/blocks.ts';
import type { Results } from './results.ts';

const SOURCES = /<!-- results from:(.*?) -->/;

const { values, positionals } = parseArgs({
  options: { page: { type: 'string', default: 'docs/performance.md' } },
  allowPositionals: true,
});
const old = fs.readFileSync(values.page, 'utf8');
const named = SOURCES.exec(old)?.[1].trim().split(' ').filter(Boolean) ?? [];
const files = positionals.length > 0 ? positionals : named;
const results = merge(files.map((file): Results => JSON.parse(fs.readFileSync(file, 'utf8'))));

let page = old.replace(SOURCES, `<!-- results from: ${[...files, ''].join(' ')}-->`);
for (const [name, content] of blocks(results, files)) {
  const block = new RegExp(`(<!-- measured: ${name} -->\n)[^]*?(\n<!-- end -->)`);
  if (!block.test(page)) throw new Error(`${values.page} has no <!-- measured: ${name} -->`);
  page = page.replace(block, (_, begin: string, end: string) => `${begin}${content}${end}`);
}
fs.writeFileSync(values.page, page);

const folder = path.join(path.dirname(values.page), 'performance');
for (const [name, picture] of plots(results)) {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, name), picture);
}

function merge(all: readonly Results[]): Results {
  const works = new Map(all.flatMap((results) => results.works.map((work) => [work.name, work] as const)));
  return { ...(all[0] ?? { works: [] }), works: [...works.values()] };
}
