// Does a small job, so that the functions that most jobs need are compiled, and writes the caches at its end.
'use strict';
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const v8 = require('node:v8');
const { Worker, isMainThread } = require('node:worker_threads');

const dist = path.join(__dirname, '..', 'dist');
const { cacheOf, loaded } = require(path.join(dist, 'cached-module.js'));

function writeCaches() {
  for (const [file, script] of loaded) fs.writeFileSync(cacheOf(file), script.createCachedData());
}

if (isMainThread) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'logitmill-'));
  const output = path.join(folder, 'digits.arrow');
  const input = path.join(__dirname, '..', 'data', 'digits.arrow');
  // V8 takes a cache under the flags only that it was made under: the program is read before it sets any, a worker after.
  const setFlag = v8.setFlagsFromString;
  const flags = [];
  v8.setFlagsFromString = (flag) => flags.push(flag);
  process.argv.splice(2, process.argv.length, 'run', input, '-o', output, '--quiet');
  require(path.join(dist, 'cli.js'));
  process.once('beforeExit', () => {
    fs.rmSync(folder, { recursive: true });
    writeCaches();
    for (const flag of flags) setFlag(flag);
    new Worker(__filename);
  });
} else {
  require(path.join(dist, 'worker.js'));
  writeCaches();
}
