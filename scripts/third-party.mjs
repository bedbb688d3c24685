// The terms of whatever is bundled have to go with it.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

const TERMS = /^(licen[cs]e|notice)/i;

/** Writes who made the packages that `bundles` (what rolldown wrote) contain, and under which terms. */
export async function writeThirdParty(file, bundles) {
  const ids = bundles.flatMap(({ output }) => output.flatMap(({ moduleIds = [] }) => moduleIds));
  const folders = new Set(ids.map(packageOf).filter((folder) => folder !== undefined));
  const texts = await Promise.all([...folders].sort().map(termsOf));
  await writeFile(file, texts.join('\n'));
}

/** The folder of the package that a module is from; undefined for our own. */
function packageOf(id) {
  const found = /^\0?(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id);
  return found?.[1];
}

async function termsOf(folder) {
  const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'));
  const files = (await readdir(folder)).filter((entry) => TERMS.test(entry)).sort();
  const texts = await Promise.all(files.map((entry) => readFile(`${folder}/${entry}`, 'utf8')));
  if (texts.length === 0)
    throw new Error(`${name} comes without the text of its license: ${dirname(folder)}`);
  return `${'='.repeat(80)}\n${name} ${version} (${license})\n\n${texts.join('\n')}`;
}
