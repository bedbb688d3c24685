import fs from 'node:fs';
import path from 'node:path';
import { machineName } from '../machine.ts';
import type { Results } from '../results.ts';
import { markdown } from './markdown.ts';

/**
 * Where results go, as `.md` for people and as `.json` for bench/page.ts: `<date>-<machine>`, with a number when an
 * earlier run has that name.
 */
export function resultsBase({ date, machine, quick }: Results, folder: string): string {
  const base = path.join(folder, `${date}-${machineName(machine)}${quick ? '-quick' : ''}`);
  let free = base;
  for (let count = 2; fs.existsSync(`${free}.json`); count++) free = `${base}-${count}`;
  return free;
}

export function writeResults(results: Results, base: string): void {
  fs.mkdirSync(path.dirname(base), { recursive: true });
  fs.writeFileSync(`${base}.json`, `${JSON.stringify(results, short, 1)}\n`);
  fs.writeFileSync(`${base}.md`, markdown(results));
}

/** Times to 0.1 ms. */
function short(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toFixed(4)) : value;
}
