import fs from 'node:fs';
import { expect, test } from 'vitest';

const { dependencies, devDependencies } = JSON.parse(fs.readFileSync('package.json', 'utf8'));
/** Loaded from where npm has put them. */
const NOT_BUNDLED = Object.keys(dependencies);

test('the terms of every package that is bundled go with it', () => {
  const terms = fs.readFileSync('dist/THIRD-PARTY.txt', 'utf8');
  const sources = ['src', 'workers'].flatMap((folder) =>
    fs
      .readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => fs.readFileSync(`${folder}/${file}`, 'utf8')),
  );
  const bundled = Object.keys(devDependencies).filter((name) =>
    sources.some((source) => new RegExp(`(from |import\\()'${name}(/[^']*)?'`).test(source)),
  );
  expect(bundled).toContain('apache-arrow');
  for (const name of bundled) {
    const { version, license } = JSON.parse(fs.readFileSync(`node_modules/${name}/package.json`, 'utf8'));
    expect(terms).toContain(`\n${name} ${version} (${license})\n`);
  }
  for (const name of NOT_BUNDLED) expect(terms).not.toContain(`\n${name} `);
  for (const part of terms.split(/^={80}\n/m).slice(1)) expect(part.length).toBeGreaterThan(500);
});
