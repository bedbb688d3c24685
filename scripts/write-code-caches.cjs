// Does jobs of each kind, so that the functions that most jobs need are compiled, and writes the caches at their end.
// Each worker that it starts loads this file, too.
'use strict';
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const v8 = require('node:v8');
const workerThreads = require('node:worker_threads');

const dist = path.join(__dirname, '..', 'dist');
const { cacheOf, loaded } = require(path.join(dist, 'cached-module.js'));

const setFlag = v8.setFlagsFromString;

/** @param {number} thread who writes: others may do so at the same time */
function writeCaches(thread) {
  // Whoever collects garbage sets it, long after the caches were read.
  setFlag('--no-expose-gc');
  for (const [file, script] of loaded) {
    const made = `${cacheOf(file)}.${thread}`;
    fs.writeFileSync(made, script.createCachedData());
    fs.renameSync(made, cacheOf(file));
  }
}

/** More than a job does without workers. */
const ROWS = 60_000;

function writeText(file) {
  const rows = Array.from(
    { length: ROWS },
    (_, i) =>
      `${i},label ${i % 7},${Array.from({ length: 10 }, (_, k) => ((i * (k + 3)) % 1999) / 128 - 7).join()}\n`,
  );
  const names = Array.from({ length: 10 }, (_, i) => `logit_${i}`);
  fs.writeFileSync(file, `id,label,${names}\n${rows.join('')}`);
}

/** Text, then what came of it. */
async function largeJobs(folder) {
  const { resolveRunOptions, runJob, startReport } = require(path.join(dist, 'index.js'));
  const files = ['text.csv', 'lists.arrow', 'again.arrow'].map((name) => path.join(folder, name));
  if (!fs.existsSync(files[0])) writeText(files[0]);
  const common = { threads: 2, overwrite: true };
  const passes = [{ columns: 'logit_*', layout: 'list' }, { keep: 'id,label' }];
  for (const [from, options] of passes.entries()) {
    const [input, output] = files.slice(from);
    const job = { input, output, options: resolveRunOptions({ ...common, ...options }) };
    const report = startReport(job);
    await runJob(job, report);
    report.finish();
  }
}

function withThisFileInWorkers() {
  const { Worker } = workerThreads;
  workerThreads.Worker = class extends Worker {
    constructor(file, options) {
      super(file, { ...options, execArgv: ['--require', __filename] });
    }
  };
}

if (workerThreads.isMainThread) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'logitmill-'));
  const data = path.join(__dirname, '..', 'data');
  // V8 takes a cache under the flags only that it was made under: the program is read before it sets any, a worker after.
  const flags = [];
  v8.setFlagsFromString = (flag) => (flag === '--expose-gc' ? setFlag(flag) : flags.push(flag));
  const small = [path.join(data, 'digits.arrow'), '-o', path.join(folder, 'digits.arrow')];
  process.argv.splice(2, process.argv.length, 'run', ...small, '--quiet');
  require(path.join(dist, 'cli.js'));
  process.once('beforeExit', async () => {
    await largeJobs(folder);
    writeCaches(0);
    for (const flag of flags) setFlag(flag);
    withThisFileInWorkers();
    await largeJobs(folder);
    fs.rmSync(folder, { recursive: true });
  });
} else {
  const worker = require(path.join(dist, 'worker.js'));
  const handle = worker.default;
  worker.default = async (assignment) => {
    const result = await handle(assignment);
    writeCaches(workerThreads.threadId);
    return result;
  };
}
