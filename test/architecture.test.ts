import fs from 'node:fs';
import path from 'node:path';
import { parseSync } from 'rolldown/utils';
import { describe, expect, test } from 'vitest';

const PAGE = 'docs/architecture.md';

/** The folders of src/ as the page lists them, from the ground up. */
const FOLDERS = [...fs.readFileSync(PAGE, 'utf8').matchAll(/^\| ([a-z\d, ]+) \|/gm)]
  .flatMap(([, names]) => names.split(', '))
  .filter((name) => name !== 'folder');

/** What workers may know of src/: what the coordinator alone has begins here. */
const COORDINATOR = FOLDERS.indexOf('output');

function filesIn(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.posix.join(folder, name.split(path.sep).join('/')))
    .filter(
      (name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && !name.startsWith('workers/kernels/'),
    );
}

const FILES = [...filesIn('src'), ...filesIn('workers')];

/** The files of ours that a file names in an import, static or dynamic, of values or of types. */
function importsOf(file: string): { file: string; isDynamic: boolean }[] {
  const { program } = parseSync(file, fs.readFileSync(file, 'utf8'));
  const found: { file: string; isDynamic: boolean }[] = [];
  const add = (source: unknown, isDynamic: boolean): void => {
    if (typeof source !== 'string' || !source.startsWith('.') || !source.endsWith('.ts')) return;
    found.push({ file: path.posix.join(path.posix.dirname(file), source), isDynamic });
  };
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) for (const each of node) visit(each);
    else if (node !== null && typeof node === 'object') {
      const { type, source } = node as { type?: string; source?: { value?: unknown } };
      if (/^(Import|ExportNamed|ExportAll)Declaration$/.test(type ?? '')) add(source?.value, false);
      if (type === 'ImportExpression' || type === 'TSImportType') add(source?.value, true);
      for (const value of Object.values(node)) visit(value);
    }
  };
  visit(program.body);
  return found;
}

const IMPORTS = new Map(FILES.map((file) => [file, importsOf(file)]));

const folderOf = (file: string): string => file.split('/')[1].replace(/\.ts$/, '');

/** Why one file may not import another; null where it may. */
function objection(from: string, to: string, isDynamic: boolean): string | null {
  if (folderOf(to) === 'version') return null;
  if (from.startsWith('src/') && to.startsWith('workers/'))
    return isDynamic && from.startsWith('src/pool/') && to === 'workers/main.ts'
      ? null
      : 'a worker is no library';
  if (to.startsWith('workers/') && !to.startsWith('workers/kernels/')) return null;
  // Plain constants, which both compilers read.
  if (to.startsWith('workers/kernels/')) return null;
  const [, target] = [folderOf(from), folderOf(to)].map((folder) => FOLDERS.indexOf(folder));
  if (target < 0) return `${folderOf(to)} has no place in ${PAGE}`;
  if (from.startsWith('workers/')) return target < COORDINATOR ? null : 'it is the coordinator’s alone';
  const own = FOLDERS.indexOf(folderOf(from));
  if (own < 0) return folderOf(from) === 'version' ? null : `${folderOf(from)} has no place in ${PAGE}`;
  return target <= own ? null : `${folderOf(from)} stands below ${folderOf(to)}`;
}

describe('the house', () => {
  test('the page names every folder of src/, and no other', () => {
    const there = new Set(FILES.filter((file) => file.startsWith('src/')).map(folderOf));
    there.delete('version');
    expect([...there].sort()).toEqual([...FOLDERS].sort());
  });

  test('the root of src/ holds what a user of the package meets', () => {
    const root = fs.readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isFile());
    const expected = ['cli.ts', 'errors.ts', 'index.ts', 'version.ts', 'webassembly.d.ts'];
    expect(root.map(({ name }) => name).sort()).toEqual(expected);
  });

  test('imports go down, and workers and coordinator stand apart', () => {
    const found: string[] = [];
    for (const [from, imports] of IMPORTS)
      for (const { file, isDynamic } of imports) {
        const why = objection(from, file, isDynamic);
        if (why !== null) found.push(`${from} imports ${file}: ${why}`);
      }
    expect(found).toEqual([]);
  });

  test('there are no circles', () => {
    const state = new Map<string, 'open' | 'done'>();
    const circles: string[] = [];
    const visit = (file: string, way: readonly string[]): void => {
      if (state.get(file) === 'done') return;
      if (state.get(file) === 'open') {
        circles.push([...way.slice(way.indexOf(file)), file].join(' → '));
        return;
      }
      state.set(file, 'open');
      for (const { file: next, isDynamic } of IMPORTS.get(file) ?? [])
        if (!isDynamic) visit(next, [...way, file]);
      state.set(file, 'done');
    };
    for (const file of FILES) visit(file, []);
    expect(circles).toEqual([]);
  });
});
