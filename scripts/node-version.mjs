// A Node that is too old fails somewhere in the bundles, and prints a line of them that has 20 kB. The programs that
// users start look first, in words that those of 2020 understand.
import { readFile, writeFile } from 'node:fs/promises';

const WANTED = '^20.19.0 || >=22.12.0';

export async function refuseOldNode() {
  const { engines } = JSON.parse(await readFile('package.json', 'utf8'));
  if (engines.node !== WANTED) throw new Error(`what refuses old versions of Node knows ${WANTED} alone`);
  await putFirst('dist/cli.js', `console.error('logitmill: ' + message); process.exit(2);`);
  await putFirst('dist/index.js', `throw new Error('logitmill: ' + message);`);
}

async function putFirst(file, refusal) {
  const text = await readFile(file, 'utf8');
  const [shebang] = /^(#!.*\n)?/.exec(text);
  await writeFile(file, shebang + CHECK.replace('REFUSAL', refusal) + text.slice(shebang.length));
}

const CHECK = `(function () {
  var version = process.versions.node.split('.');
  var major = Number(version[0]), minor = Number(version[1]);
  if (major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19)) return;
  var message = 'Node 20.19, 22.12 or later is needed; this is ' + process.version + ', ' + process.execPath;
  REFUSAL
})();
`;
