// @module-tag long
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { filesBelow } from '../cli/run.ts';

// The package as a user gets it: packed, installed for production without scripts, run from a global folder.

let folder: string;
let prefix: string;
let program: string;
let tarball: string;

function npm(args: readonly string[], cwd: string): string {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  const env = { ...process.env, NODE_ENV: 'production' };
  return execFileSync('npm', [...args, ...quiet], { cwd, env, encoding: 'utf8' });
}

beforeAll(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'logitmill-install-'));
  prefix = join(folder, 'prefix');
  program = join(prefix, 'bin/logitmill');
  const [{ filename }] = JSON.parse(npm(['pack', '--json', '--pack-destination', folder], resolve('.')));
  tarball = join(folder, filename);
  npm(['install', '--global', '--prefix', prefix, tarball], folder);
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

test.each([
  [[]],
  [['--compression', 'zstd']],
  [['--op', 'both', '--dtype', 'float64']],
])('it does jobs: %j', (options) => {
  const [ours, theirs] = ['ours', 'theirs'].map((name) => join(folder, `${name}.arrow`));
  const args = (output: string) => [
    'run',
    'data/digits.arrow',
    '-o',
    output,
    '--overwrite',
    '--quiet',
    ...options,
  ];
  execFileSync(process.execPath, ['dist/cli.js', ...args(ours)]);
  execFileSync(program, args(theirs));
  expect(fs.readFileSync(theirs).equals(fs.readFileSync(ours))).toBe(true);
});

test('its help, its manual page and its version are there', () => {
  expect(execFileSync(program, ['run', '--help'], { encoding: 'utf8' })).toContain('--compression');
  expect(fs.readFileSync(join(prefix, 'share/man/man1/logitmill.1'), 'utf8')).toContain('.TH LOGITMILL 1');
  const { version } = JSON.parse(fs.readFileSync('package.json', 'utf8'));
  expect(execFileSync(program, ['--version'], { encoding: 'utf8' })).toBe(`${version}\n`);
});

test('it brings one package', () => {
  const packages = filesBelow(join(prefix, 'lib/node_modules/logitmill/node_modules')).filter((path) =>
    path.endsWith('package.json'),
  );
  expect(packages).toEqual(['@bokuweb/zstd-wasm/package.json']);
});

test('a TypeScript project takes its library, with every declaration checked', () => {
  const project = join(folder, 'project');
  fs.mkdirSync(project);
  fs.writeFileSync(join(project, 'package.json'), '{"private":true,"type":"module"}');
  npm(['install', tarball], project);
  fs.writeFileSync(
    join(project, 'index.ts'),
    `import { resolveRunOptions, runJob, startReport, LogitmillError, type Summary } from 'logitmill';
const job = { input: process.argv[2] ?? '', output: process.argv[3] ?? '', options: resolveRunOptions({ op: 'both' }) };
const report = startReport(job);
try {
  await runJob(job, report);
} catch (error) {
  if (error instanceof LogitmillError) console.error(error.code);
}
const summary: Summary = report.finish();
console.log(summary.status, summary.validation?.rows_valid);
`,
  );
  const strict = ['--strict', '--skipLibCheck', 'false', '--module', 'nodenext', '--target', 'es2022'];
  const types = ['--types', 'node', '--typeRoots', resolve('node_modules/@types'), '--lib', 'es2023'];
  const { status, stdout } = spawnSync(
    process.execPath,
    [resolve('node_modules/typescript/bin/tsc'), ...strict, ...types, 'index.ts'],
    { cwd: project, encoding: 'utf8' },
  );
  expect(stdout).toBe('');
  expect(status).toBe(0);
  const args = ['index.js', resolve('data/digits.arrow'), join(project, 'probs.arrow')];
  expect(execFileSync(process.execPath, args, { cwd: project, encoding: 'utf8' })).toBe('ok 1797\n');
});

test.each([
  ['production', {}, 'npm ci --include=dev'],
  ['global from git', { npm_config_global: 'true' }, 'npm install --global "$(npm pack)"'],
])('a clone without what builds says in one line what to do: %s', (name, env, way) => {
  const clone = join(folder, name);
  fs.mkdirSync(clone);
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve('scripts/prepare.mjs')], {
    ...{ cwd: clone, encoding: 'utf8' },
    env: { ...process.env, npm_config_global: undefined, ...env },
  });
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^logitmill: [^\n]*; try: [^\n]*\n$/);
  expect(stderr).toContain(way);
});
