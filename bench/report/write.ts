import fs from 'node:fs';
import path from 'node:path';
import { machineName } from '../machine.ts';
import type { Results } from '../results.ts';
import { markdown } from './markdown.ts';

/** `<date>-<machine>.md` for people, and the same as `.json` for bench/page.ts. */
export function writeResults(results: Results, folder: string): void {
  const { date, machine, quick } = results;
  const base = path.join(folder, `${date}-${machineName(machine)}${quick ? '-quick' : ''}`);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(`${base}.json`, `${JSON.stringify(results, short, 1)}\n`);
  fs.writeFileSync(`${base}.md`, markdown(results));
  console.log(`written: ${base}.md and .json`);
}

/** Times to 0.1 ms. */
function short(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toFixed(4)) : value;
}
