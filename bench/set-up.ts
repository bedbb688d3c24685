import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findNodes } from './machine.ts';
import type { Options } from './options.ts';
import type { Bench, Work } from './work.ts';
import { allWorks } from './works/index.ts';

export function benchOf({ memoryFolder, diskFolder, peers, nodes, scale, huge }: Options): Bench {
  const python = peers === null ? null : path.resolve(peers, 'bin/python');
  if (python !== null && !fs.existsSync(python)) throw new Error(`${peers} is no virtual environment`);
  return {
    folders: { memory: memoryFolder, disk: diskFolder },
    nodes: findNodes(nodes),
    cores: os.availableParallelism(),
    ...{ python, scale, huge },
  };
}

export function chooseWorks({ only, quick, huge }: Options, bench: Bench): Work[] {
  const all = allWorks(bench);
  if (only.length === 0) return all.filter((work) => (!quick || work.quick) && (!work.huge || huge));
  const matches = (name: string, pattern: string): boolean =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
  const works = all.filter(({ name }) => only.some((pattern) => matches(name, pattern)));
  if (works.length === 0) throw new Error(`no work is called ${only.join(' or ')}: --list has their names`);
  return works;
}

export function makeFolders({ folders }: Bench): void {
  for (const folder of Object.values(folders)) fs.mkdirSync(folder, { recursive: true });
}
