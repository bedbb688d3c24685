import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../cli/run.ts';

/** Makes this Node say that it is another one. */
function pretending(version: string): string[] {
  const file = join(temporaryFolder(), 'version.cjs');
  const versions = `{ ...process.versions, node: '${version}' }`;
  fs.writeFileSync(
    file,
    `Object.defineProperty(process, 'versions', { value: ${versions} });
    Object.defineProperty(process, 'version', { value: 'v${version}' });`,
  );
  return ['--require', file];
}

test.each(['18.20.4', '20.18.3', '21.7.3', '22.11.0'])('Node %s is refused in one line', (version) => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [...pretending(version), 'dist/cli.js', '--version'],
    {
      encoding: 'utf8',
    },
  );
  expect(stderr).toBe(
    `logitmill: Node 20.19, 22.12 or later is needed; this is v${version}, ${process.execPath}\n`,
  );
  expect(status).toBe(2);
  const library = spawnSync(process.execPath, [...pretending(version), 'dist/index.js'], {
    encoding: 'utf8',
  });
  expect(library.stderr).toContain(
    `Error: logitmill: Node 20.19, 22.12 or later is needed; this is v${version}`,
  );
  expect(library.stderr.length).toBeLessThan(2000);
});

test.each(['20.19.0', '22.12.0', '23.0.0', '26.1.0'])('Node %s is taken', (version) => {
  const args = [...pretending(version), 'dist/cli.js', '--version'];
  expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+/);
});

test('what looks at the version is written for the oldest of them', () => {
  const program = fs.readFileSync('dist/cli.js', 'utf8');
  const check = program.slice(program.indexOf('(function () {'), program.indexOf('})();') + 5);
  expect(check).toContain('is needed; this is');
  expect(check).not.toMatch(/=>|\b(let|const|class|async)\b|`|\?\.|\?\?|\.\.\./);
});
