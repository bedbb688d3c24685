import fs from 'node:fs';
import { expect, test } from 'vitest';

const { dependencies } = JSON.parse(fs.readFileSync('package.json', 'utf8'));
/** Loaded from where npm has put them. */
const NOT_BUNDLED = ['@bokuweb/zstd-wasm', 'yargs'];

test('the terms of every package that is bundled go with it', () => {
  const terms = fs.readFileSync('dist/THIRD-PARTY.txt', 'utf8');
  const bundled = Object.keys(dependencies).filter((name) => !NOT_BUNDLED.includes(name));
  for (const name of bundled) {
    const { version, license } = JSON.parse(fs.readFileSync(`node_modules/${name}/package.json`, 'utf8'));
    expect(terms).toContain(`\n${name} ${version} (${license})\n`);
  }
  for (const name of NOT_BUNDLED) expect(terms).not.toContain(`\n${name} `);
  for (const part of terms.split(/^={80}\n/m).slice(1)) expect(part.length).toBeGreaterThan(500);
});
