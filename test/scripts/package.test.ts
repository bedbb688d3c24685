import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';

interface Packed {
  size: number;
  files: { path: string }[];
}

let packed: Packed;
let paths: string[] = [];
const text = (file: string): string => fs.readFileSync(file, 'utf8');
const { bin, man, exports: entries, dependencies, devDependencies } = JSON.parse(text('package.json'));

beforeAll(() => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  [packed] = JSON.parse(execFileSync('npm', args, { encoding: 'utf8' }));
  paths = packed.files.map(({ path }) => path);
});

test('the package holds what users run and read, and nothing else', () => {
  const ours =
    /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|docs\/.*\.(md|svg)|dist\/[^/]*\.(js|json)|dist\/THIRD-PARTY\.txt|dist\/man\/logitmill\.1|dist\/completions\/(logitmill\.bash|_logitmill|logitmill\.fish)|dist\/kernels\/.*\.wasm|dist\/types\/.*\.d\.ts|dist\/types\/package\.json)$/;
  expect(paths.filter((path) => !ours.test(path))).toEqual([]);
  expect(paths.length).toBeLessThanOrEqual(100);
  expect(packed.size).toBeLessThanOrEqual(700_000);
});

test('nothing that it runs is missing', () => {
  const built = fs.readdirSync('dist').filter((name) => /\.(js|txt)$/.test(name));
  const kernels = fs.readdirSync('dist/kernels').map((name) => `kernels/${name}`);
  for (const name of [...built, ...kernels]) expect(paths).toContain(`dist/${name}`);
  for (const file of [bin.logitmill, ...man, entries['.'].types, entries['.'].default])
    expect(paths).toContain(file.replace(/^\.\//, ''));
  for (const path of paths.filter((name) => name.endsWith('.d.ts')))
    for (const [, target] of text(path).matchAll(/from '(\.[^']+)'/g))
      expect(paths).toContain(new URL(target.replace(/\.ts$/, '.d.ts'), `file:///${path}`).pathname.slice(1));
});

test('its dependencies are the packages that are not in its bundles, and no others', () => {
  const required = new Set<string>();
  const names = Object.keys({ ...dependencies, ...devDependencies });
  for (const path of paths.filter((name) => /^dist\/[^/]*\.js$/.test(name)))
    for (const name of names)
      if (new RegExp(`(require|import)\\(["'\`]${name}(/[^"'\`]*)?["'\`]\\)`).test(text(path)))
        required.add(name);
  expect(Object.keys(dependencies)).toEqual([...required]);
});
