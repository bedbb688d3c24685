// Does jobs of each kind, so that the functions that most jobs need are compiled, and writes the caches at their end.
// Each worker that it starts loads this file, too.
'use strict';
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const v8 = require('node:v8');
const workerThreads = require('node:worker_threads');

const dist = path.join(__dirname, '..', 'dist');
const { cacheOf, loaded, writeCache } = require(path.join(dist, 'cached-module.js'));

const setFlag = v8.setFlagsFromString;

function writeCaches() {
  // Whoever collects garbage sets it, long after the caches were read.
  setFlag('--no-expose-gc');
  for (const [file, entry] of loaded) {
    writeCache(entry, cacheOf(file));
    entry.isMissing = false;
  }
}

/** More than a job does without workers. */
const ROWS = 150_000;

function writeText(file) {
  const rows = Array.from(
    { length: ROWS },
    (_, i) =>
      `${i},label ${i % 7},${Array.from({ length: 10 }, (_, k) => ((i * (k + 3)) % 1999) / 128 - 7).join()}\n`,
  );
  const names = Array.from({ length: 10 }, (_, i) => `logit_${i}`);
  fs.writeFileSync(file, `id,label,${names}\n${rows.join('')}`);
}

async function largeJob(input, output, options) {
  const { resolveRunOptions, runJob, startReport } = require(path.join(dist, 'index.js'));
  const job = { input, output, options: resolveRunOptions({ threads: 2, overwrite: true, ...options }) };
  const report = startReport(job);
  await runJob(job, report);
  report.finish();
}

/** As if it were called anew; resolves when it is done. */
function commandLine(...words) {
  process.argv.splice(2, process.argv.length, ...words);
  const program = path.join(dist, 'cli.js');
  delete require.cache[program];
  require(program);
  return new Promise((resolve) => process.once('beforeExit', resolve));
}

function withThisFileInWorkers() {
  const { Worker } = workerThreads;
  workerThreads.Worker = class extends Worker {
    constructor(file, options) {
      super(file, { ...options, execArgv: ['--require', __filename] });
    }
  };
}

/** V8 takes a cache under the flags only that it was made under: the program is read before it sets any, a worker after. */
async function writeAll(folder) {
  const flags = [];
  v8.setFlagsFromString = (flag) => (flag === '--expose-gc' ? setFlag(flag) : flags.push(flag));
  const data = path.join(__dirname, '..', 'data');
  const [text, lists, again] = ['text.csv', 'lists.arrow', 'again.arrow'].map((name) =>
    path.join(folder, name),
  );
  const fromText = { columns: 'logit_*', layout: 'list' };
  const fromLists = { keep: 'id,label', forceInput: true };
  const output = ['-o', path.join(folder, 'digits.arrow'), '--overwrite', '--quiet'];
  await commandLine('run', path.join(data, 'digits.arrow'), ...output);
  const flagsOfAll = flags.splice(0);
  await commandLine('run', path.join(data, 'digits.csv'), '--columns', 'logit_*', ...output);
  const flagsOfText = flags.splice(0);
  writeText(text);
  await largeJob(text, lists, fromText);
  await largeJob(lists, again, fromLists);
  writeCaches();
  // Threads without a cache have written one by themselves, for flags that no program has.
  for (const name of fs.readdirSync(dist).filter((name) => /^worker\..*\.cache/.test(name)))
    fs.rmSync(path.join(dist, name));

  withThisFileInWorkers();
  for (const flag of flagsOfAll) setFlag(flag);
  await largeJob(lists, again, fromLists);
  for (const flag of flagsOfText) setFlag(flag);
  await largeJob(text, lists, fromText);
}

if (workerThreads.isMainThread) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'logitmill-'));
  process.once('exit', () => fs.rmSync(folder, { recursive: true }));
  writeAll(folder);
} else {
  const worker = require(path.join(dist, 'worker.js'));
  const handle = worker.default;
  worker.default = async (assignment) => {
    const result = await handle(assignment);
    writeCaches();
    return result;
  };
}
