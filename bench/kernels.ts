/**
 * Gelem/s of the softmax kernels on one core, each width's share of that at 1,000 classes, and the ratio to PyTorch's
 * own kernels on one thread:
 *   npx rolldown bench/kernels.ts --platform node --file dist/bench/kernels.js
 *   node dist/bench/kernels.js [dtype=float32] [form=rows|columns] [spread=20] [classes=1,2,…] [seconds=60] [save=yes]
 * With `python=PATH` or LOGITMILL_PYTHON, a Python with torch takes its turn after every turn of ours; `checked` is
 * PyTorch with the float64 sum of each row, which our kernels always give. Both builds, all ops and widths take turns
 * until the time is over; medians of speeds and of ratios within a turn are printed, and with `save` kept in
 * bench/results/. Logits are uniformly distributed over `spread`; each call reads 1 MiB (at least a row) and writes
 * elsewhere. Times are those of the processor.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import readline from 'node:readline';
import v8 from 'node:v8';
import type { KernelBuild } from '../src/kernels/names.ts';
import { OP_CODES, type SoftmaxKernels } from '../src/kernels/softmax.ts';
import { FIRST_SLAB, SCRATCH_BYTES, workBytes } from '../src/memory/slabs.ts';

if (process.versions.node.startsWith('20.')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');

const options = Object.fromEntries(process.argv.slice(2).map((word) => word.split('=')));
const dtype: 'float16' | 'float32' | 'float64' = options.dtype ?? 'float32';
const form: 'rows' | 'columns' = options.form ?? 'rows';
const spread = Number(options.spread ?? 20);
const seconds = Number(options.seconds ?? 60);
const python: string | undefined = options.python ?? process.env.LOGITMILL_PYTHON;
const WIDTHS = {
  rows: '1,2,3,4,5,8,10,16,32,64,65,100,1000,32000,128256,4000000',
  columns: '1,2,3,4,5,8,10,16,32,64,100,1000,10000',
};
const widths = String(options.classes ?? WIDTHS[form])
  .split(',')
  .map(Number);

const SIZE = { float16: 2, float32: 4, float64: 8 }[dtype];
const BUILDS: readonly KernelBuild[] = ['relaxed', 'baseline'];
const OPS = ['softmax', 'log_softmax', 'both', 'sigmoid'] as const;
/** Those that PyTorch is measured at. */
const PEERS_OPS: readonly string[] = ['softmax', 'log_softmax'];
type Op = (typeof OPS)[number];

const rowsOf = (classes: number): number => Math.max(1, Math.floor(2 ** 20 / SIZE / classes));
/** Columns begin in different sets of the caches. */
const strideOf = (classes: number): number => (Math.ceil((rowsOf(classes) * SIZE) / 64) | 1) * 64;
const AREA = Math.max(
  ...widths.map((classes) => (form === 'rows' ? rowsOf(classes) * SIZE : strideOf(classes)) * classes),
);
const SUMS = 8 * 2 ** 20;
const WORK = workBytes(form, Math.max(...widths), 2);
const pages = Math.ceil((FIRST_SLAB + SCRATCH_BYTES + 3 * AREA + SUMS + WORK + 1024) / 65_536);
const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
const source = FIRST_SLAB + SCRATCH_BYTES;
const align = (address: number): number => Math.ceil(address / 64) * 64;
const target = align(source + AREA);
const logTarget = align(target + AREA);
const sums = align(logTarget + AREA);

function load(build: KernelBuild): SoftmaxKernels {
  const module = new WebAssembly.Module(fs.readFileSync(`dist/kernels/${dtype}.${build}.wasm`));
  const kernels = new WebAssembly.Instance(module, { env: { memory, abort: () => {} } })
    .exports as unknown as SoftmaxKernels;
  kernels.set_scratch?.(FIRST_SLAB);
  kernels.set_work?.(align(sums + SUMS), WORK);
  return kernels;
}

const view = new DataView(memory.buffer);
/** The half next to x, towards 0. */
const half = (x: number): number => {
  view.setFloat32(0, Math.abs(x) < 2 ** -14 ? 2 ** -14 : x);
  const bits = view.getInt32(0);
  return ((bits >> 16) & 0x8000) | (((bits & 0x7fffffff) >> 13) - (112 << 10));
};
for (let i = 0; i < AREA / SIZE; i++) {
  const x = (Math.random() - 0.5) * spread;
  if (dtype === 'float64') view.setFloat64(source + i * 8, x, true);
  else if (dtype === 'float32') view.setFloat32(source + i * 4, x, true);
  else view.setInt16(source + i * 2, half(x), true);
}

/** One op of one width: seconds of each turn, ours by build, PyTorch's without and with the sums. */
interface Run {
  op: Op;
  classes: number;
  calls: Record<KernelBuild, () => void>;
  ours: Record<KernelBuild, number[]>;
  torch: number[];
  checked: number[];
}

function callOf(kernels: SoftmaxKernels, op: Op, classes: number): () => void {
  const rows = rowsOf(classes);
  const stride = strideOf(classes);
  const code = OP_CODES[op];
  return form === 'rows'
    ? () => kernels.compute_rows(code, source, target, logTarget, rows, classes, sums)
    : () =>
        kernels.compute_columns(
          ...([code, source, stride, target, stride, logTarget, stride] as const),
          ...([rows, classes, sums] as const),
        );
}

const kernels = { relaxed: load('relaxed'), baseline: load('baseline') };
const runs: Run[] = widths.flatMap((classes) =>
  OPS.map((op) => ({
    op,
    classes,
    calls: {
      relaxed: callOf(kernels.relaxed, op, classes),
      baseline: callOf(kernels.baseline, op, classes),
    },
    ours: { relaxed: [], baseline: [] },
    torch: [],
    checked: [],
  })),
);

const child = python
  ? spawn(python, ['bench/torch-kernels.py'], { stdio: ['pipe', 'pipe', 'inherit'] })
  : undefined;
const answers = child && readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
const answer = async (): Promise<string> => (await answers!.next()).value ?? '';
const torchVersion = child ? await answer() : '';
async function timeTorch({ op, classes }: Run, checked: boolean): Promise<number> {
  const command = { op, rows: rowsOf(classes), classes, dtype, form, spread, checked };
  child!.stdin.write(`${JSON.stringify(command)}\n`);
  return Number(await answer());
}
/**
 * Seconds of the processor, as in torch-kernels.py: others may be at work on the machine. The call before brings
 * what is read and written into the caches.
 */
const time = (call: () => void): number => {
  call();
  const start = process.cpuUsage();
  call();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
};

// The compiler's best code is there after some calls.
for (const run of runs)
  for (const build of BUILDS) for (let i = 0; i < (run.classes > 1e6 ? 2 : 12); i++) run.calls[build]();
let turns = 0;
for (const end = performance.now() + seconds * 1000; performance.now() < end || turns < 2; turns++)
  for (const run of runs) {
    for (const build of BUILDS) run.ours[build].push(time(run.calls[build]));
    if (!child || !PEERS_OPS.includes(run.op)) continue;
    run.torch.push(await timeTorch(run, false));
    run.checked.push(await timeTorch(run, true));
  }
child?.stdin.end();

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const gelems = (run: Run, times: readonly number[]): number =>
  (rowsOf(run.classes) * run.classes) / median(times) / 1e9;
/** How many times as fast as PyTorch, the median over turns. */
const ratio = (theirs: readonly number[], ours: readonly number[]): string =>
  theirs.length ? `${median(theirs.map((seconds, turn) => seconds / ours[turn]!)).toFixed(2)}x` : '';

const lines = [
  `# ${dtype}, ${form === 'rows' ? 'list form (rows)' : 'wide form (columns)'}`,
  '',
  `Written by bench/kernels.ts on ${new Date().toISOString().slice(0, 10)}: one core of ${os.cpus()[0]?.model.trim()}, Node ${process.versions.node}` +
    `${torchVersion && `, PyTorch ${torchVersion} on one thread`}; spread ${spread}, medians of ${turns} turns.`,
  'The share is that of the speed at 1,000 classes. `checked` is PyTorch with the float64 sum of each row, which ours includes.',
];
for (const op of OPS) {
  const withTorch = child !== undefined && PEERS_OPS.includes(op);
  lines.push(
    '',
    `## ${op}`,
    '',
    `| classes |${BUILDS.map((build) => ` ${build} Gelem/s | share |${withTorch ? ' to PyTorch | to checked |' : ''}`).join('')}${withTorch ? ' PyTorch Gelem/s |' : ''}`,
  );
  lines.push(`|${' ---: |'.repeat(lines.at(-1)!.split('|').length - 2)}`);
  const thousand = runs.find((run) => run.op === op && run.classes === 1000);
  for (const run of runs.filter((each) => each.op === op)) {
    const cells = BUILDS.flatMap((build) => {
      const speed = gelems(run, run.ours[build]);
      const share = thousand
        ? `${((100 * speed) / gelems(thousand, thousand.ours[build])).toFixed(0)} %`
        : '';
      const ratios = [ratio(run.torch, run.ours[build]), ratio(run.checked, run.ours[build])];
      return [speed.toFixed(3), share, ...(withTorch ? ratios : [])];
    });
    if (withTorch) cells.push(gelems(run, run.torch).toFixed(3));
    lines.push(`| ${[run.classes.toLocaleString('en'), ...cells].join(' | ')} |`);
  }
}
console.log(lines.join('\n'));
if (options.save) {
  fs.mkdirSync('bench/results', { recursive: true });
  fs.writeFileSync(`bench/results/kernels-${dtype}-${form}.md`, `${lines.join('\n')}\n`);
}
