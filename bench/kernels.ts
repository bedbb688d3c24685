/**
 * Gelem/s of the softmax kernels on one core, and each width's share of that at 1,000 classes:
 *   npx rolldown bench/kernels.ts --platform node --file dist/bench/kernels.js
 *   node dist/bench/kernels.js [dtype=float32] [form=rows|columns] [spread=20] [classes=1,2,…] [seconds=20]
 * Both builds, all ops and widths take turns until the time is over; medians are printed. Logits are uniformly
 * distributed over `spread`; each call works in place on 1 MiB (at least 2 rows), which has just been copied there.
 */
import fs from 'node:fs';
import type { KernelBuild, SoftmaxKernels } from '../src/kernels.ts';
import { FIRST_SLAB, SCRATCH_BYTES } from '../src/memory.ts';

if (process.versions.node.startsWith('20.'))
  (await import('node:v8')).setFlagsFromString('--experimental-wasm-relaxed-simd');

const options = Object.fromEntries(process.argv.slice(2).map((word) => word.split('=')));
const dtype: 'float16' | 'float32' | 'float64' = options.dtype ?? 'float32';
const form: 'rows' | 'columns' = options.form ?? 'rows';
const spread = Number(options.spread ?? 20);
const seconds = Number(options.seconds ?? 20);
const WIDTHS = '1,2,3,4,5,8,10,16,32,64,65,100,256,1000,4096,32000,128256';
const widths = String(options.classes ?? WIDTHS)
  .split(',')
  .map(Number);

const SIZE = { float16: 2, float32: 4, float64: 8 }[dtype];
const BUILDS: readonly KernelBuild[] = ['relaxed', 'baseline'];
const OPS = ['softmax', 'log_softmax', 'both'] as const;

const MEBIBYTES = 128;
const memory = new WebAssembly.Memory({ initial: MEBIBYTES * 16, maximum: MEBIBYTES * 16, shared: true });
const AREA = 32 * 2 ** 20;
const source = FIRST_SLAB + SCRATCH_BYTES;
const [target, logTarget, sums] = [source + AREA, source + 2 * AREA, source + 3 * AREA];

function load(build: KernelBuild): SoftmaxKernels {
  const module = new WebAssembly.Module(fs.readFileSync(`dist/kernels/${dtype}.${build}.wasm`));
  const kernels = new WebAssembly.Instance(module, { env: { memory, abort: () => {} } })
    .exports as unknown as SoftmaxKernels;
  kernels.set_scratch?.(FIRST_SLAB);
  return kernels;
}

const view = new DataView(memory.buffer);
const bytes = new Uint8Array(memory.buffer);
/** What a call may read: columns are a little longer than their rows. */
const MOST = Math.max(2 ** 20, 2 * SIZE * Math.max(...widths)) * 2;
/** Of a number as a half, for which a normal one near it will do. */
const half = (x: number): number => {
  view.setFloat32(0, Math.abs(x) < 2 ** -14 ? 0 : x);
  const bits = view.getInt32(0);
  return ((bits >> 16) & 0x8000) | (((bits & 0x7fffffff) >> 13) - (112 << 10));
};
for (let i = 0; i < MOST / SIZE; i++) {
  const x = (Math.random() - 0.5) * spread;
  if (dtype === 'float64') view.setFloat64(source + i * 8, x, true);
  else if (dtype === 'float32') view.setFloat32(source + i * 4, x, true);
  else view.setInt16(source + i * 2, Math.abs(x) < 2 ** -14 ? 0 : half(x), true);
}

interface Run {
  build: KernelBuild;
  op: (typeof OPS)[number];
  classes: number;
  elements: number;
  call: () => void;
  /** Gelem/s, one a turn. */
  speeds: number[];
}

const runs: Run[] = BUILDS.flatMap((build) => {
  const kernels = load(build);
  return widths.flatMap((classes) => {
    const rows = Math.max(2, Math.floor(2 ** 20 / SIZE / classes));
    const stride = (Math.ceil((rows * SIZE) / 64) | 1) * 64;
    const byRows = [target, target, rows, classes, sums] as const;
    const byColumns = [target, stride, target, stride, rows, classes, sums] as const;
    const calls: Record<Run['op'], () => void> =
      form === 'rows'
        ? {
            softmax: () => kernels.softmax_rows(...byRows),
            log_softmax: () => kernels.log_softmax_rows(...byRows),
            both: () => kernels.both_rows(target, target, logTarget, rows, classes, sums),
          }
        : {
            softmax: () => kernels.softmax_columns(...byColumns),
            log_softmax: () => kernels.log_softmax_columns(...byColumns),
            both: () =>
              kernels.both_columns(target, stride, target, stride, logTarget, stride, rows, classes, sums),
          };
    return OPS.map((op) => ({ build, op, classes, elements: rows * classes, call: calls[op], speeds: [] }));
  });
});

/** The compiler's best code is there after some calls. */
for (const run of runs) for (let i = 0; i < 20; i++) run.call();
for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
  for (const run of runs) {
    bytes.copyWithin(target, source, source + MOST);
    const start = performance.now();
    run.call();
    run.speeds.push(run.elements / (performance.now() - start) / 1e6);
  }
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;
console.log(
  `${dtype}, ${form}, spread ${spread}, Node ${process.versions.node}, ${runs[0]!.speeds.length} turns; Gelem/s, share of 1,000 classes`,
);
console.log(
  `${'classes'.padStart(8)}${BUILDS.flatMap((build) => OPS.map((op) => `${op} ${build}`.padStart(22))).join('')}`,
);
const speed = (build: KernelBuild, op: Run['op'], classes: number): number =>
  median(
    runs.find((run) => run.build === build && run.op === op && run.classes === classes)?.speeds ?? [NaN],
  );
for (const classes of widths) {
  const cells = BUILDS.flatMap((build) =>
    OPS.map((op) => {
      const gelems = speed(build, op, classes);
      const share = (100 * gelems) / speed(build, op, 1000);
      return `${gelems.toFixed(3)}${Number.isNaN(share) ? '' : ` ${share.toFixed(0).padStart(4)} %`}`.padStart(
        22,
      );
    }),
  );
  console.log(`${String(classes).padStart(8)}${cells.join('')}`);
}
