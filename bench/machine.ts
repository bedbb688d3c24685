import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Place } from './work.ts';

/** What figures depend on, without anything that names this machine. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryBytes: number;
  system: string;
  fileSystems: Record<Place, string>;
  /** Of every program that took part. */
  versions: Record<string, string>;
}

export function describeMachine(
  folders: Record<Place, string>,
  python: string | null,
  program: string,
): Machine {
  return {
    cpu: os.cpus()[0]?.model.trim() || os.arch(),
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    system: `${os.type()} ${os.release().split(/[-+]/)[0]} ${os.arch()}`,
    fileSystems: { memory: fileSystem(folders.memory), disk: fileSystem(folders.disk) },
    versions: {
      logitmill: logitmillVersion(),
      node: version([program, '--version']),
      dd: version(['dd', '--version']),
      ...(python === null ? {} : pythonVersions(python)),
    },
  };
}

/** For a file's name. */
export function machineName({ cpu, cores }: Machine): string {
  const words = cpu.toLowerCase().replaceAll(/\((r|tm)\)|processor|cpu|@.*/g, '');
  return `${words}-${cores}-cores`.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '');
}

/** Magic numbers of statfs(2). */
const FILE_SYSTEMS: Record<number, string> = {
  16914836: 'tmpfs',
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  2035054128: 'overlayfs',
  801189825: 'zfs',
};

function fileSystem(folder: string): string {
  const { type } = fs.statfsSync(folder);
  return FILE_SYSTEMS[type] ?? `file system 0x${type.toString(16)}`;
}

function logitmillVersion(): string {
  const { version } = JSON.parse(fs.readFileSync('package.json', 'utf8'));
  return `${version} (${commitName()})`;
}

function commitName(): string {
  const commit = version(['git', 'rev-parse', '--short', 'HEAD']);
  const changed = version(['git', 'status', '--porcelain', '--untracked-files=no']) !== '';
  return changed ? `${commit} with changes` : commit;
}

/** The first line that a program prints. */
function version(command: readonly string[]): string {
  try {
    const text = execFileSync(command[0], command.slice(1), {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return text.trim().split('\n')[0];
  } catch {
    return 'unknown';
  }
}

function pythonVersions(python: string): Record<string, string> {
  const packages = ['torch', 'numpy', 'pyarrow', 'polars', 'duckdb'];
  const script = `import json,sys,importlib.metadata as m
print(json.dumps({'python': sys.version.split()[0], **{p: m.version(p) for p in ${JSON.stringify(packages)}}}))`;
  return JSON.parse(execFileSync(python, ['-c', script], { encoding: 'utf8' }));
}

/** Versions of Node below `folder`, as bench/nodes.sh installs them; the running one comes first. */
export function findNodes(folder: string | null): { major: number; program: string }[] {
  const running = { major: Number(process.versions.node.split('.')[0]), program: process.execPath };
  if (folder === null) return [running];
  const others = fs
    .readdirSync(folder)
    .map((name) => ({
      major: Number(name),
      program: path.resolve(folder, name, 'node_modules/node/bin/node'),
    }))
    .filter(({ major, program }) => major !== running.major && fs.existsSync(program))
    .sort((a, b) => a.major - b.major);
  return [running, ...others];
}
