// Puts V8's code cache beside the bundles that every run loads.
import { execFileSync } from 'node:child_process';
import { appendFile, copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const EVERY_RUN = /^(core-.*|worker)\.js$/;

export async function makeCodeCaches() {
  await copyFile('scripts/cached-module.cjs', 'dist/cached-module.js');
  for (const file of (await readdir('dist')).filter((name) => EVERY_RUN.test(name))) {
    const body = file.replace(/\.js$/, '.body.js');
    await writeFile(`dist/${body}`, asFunction(await readFile(`dist/${file}`, 'utf8')));
    await writeFile(`dist/${file}`, `require('./cached-module.js').loadCached(module, '${body}');\n`);
  }
  await appendFile('dist/cli.js', AT_EXIT);
  const program = fileURLToPath(new URL('./write-code-caches.cjs', import.meta.url));
  execFileSync(process.execPath, [program], { stdio: 'inherit' });
}

/** Another Node than that of the build makes caches of its own when it has done its first job. */
const AT_EXIT = `
process.once('exit', (code) => {
  const [, , command, ...words] = process.argv;
  if (code === 0 && command === 'run' && !words.includes('--help') && !words.includes('-h'))
    require('./cached-module.js').writeMissing();
});
`;

/** As Node wraps a CommonJS module. In ASCII alone: one character beyond doubles what V8 keeps of a source. */
function asFunction(source) {
  const ascii = source.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `(function (exports, require, module, __filename, __dirname) {${ascii}\n})`;
}
