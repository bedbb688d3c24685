// The type declarations of the library: those files only that its entry needs.
import { execFileSync } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';

const FOLDER = 'dist/types';
const ENTRY = join(FOLDER, 'src/index.d.ts');

export async function writeDeclarations() {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
    stdio: 'inherit',
  });
  const needed = await withImports(ENTRY);
  for (const entry of await readdir(FOLDER, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && !needed.has(file)) await rm(file);
  }
  await removeEmptyFolders(FOLDER);
}

async function withImports(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, target] of (await readFile(file, 'utf8')).matchAll(/(?:from |import\()['"](\.[^'"]+)['"]/g))
    await withImports(join(file, '..', target.replace(/\.[jt]s$/, '.d.ts')), found);
  return found;
}

async function removeEmptyFolders(folder) {
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await removeEmptyFolders(join(folder, entry.name));
  if (relative(FOLDER, folder) !== '' && (await readdir(folder)).length === 0)
    await rm(folder, { recursive: true });
}
