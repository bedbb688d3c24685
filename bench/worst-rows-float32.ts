/**
 * The largest errors of float32 softmax in rows made for it: many copies of one logit whose exponential is rounded up
 * (or down) as far as any, one that is rounded the other way, and the largest.
 *   npx rolldown bench/worst-rows-float32.ts --platform node --file dist/bench/worst-rows-float32.js
 *   node dist/bench/worst-rows-float32.js
 * How far an exponential is off is seen in rows of two, where the probability of the smaller is next to its exponential.
 * Prints, for each largest logit, the worst error in ulp and the row; the worst of all stands in workers/kernels/README.md.
 */
import fs from 'node:fs';
import v8 from 'node:v8';
import type { KernelBuild } from '../src/kernels/names.ts';
import { OP_CODES, type SoftmaxKernels } from '../src/kernels/softmax.ts';
import { FIRST_SLAB, SCRATCH_BYTES } from '../src/memory/slabs.ts';

if (process.versions.node.startsWith('20.')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');

const memory = new WebAssembly.Memory({ initial: 512, maximum: 512, shared: true });
const SOURCE = FIRST_SLAB + SCRATCH_BYTES;
const TARGET = SOURCE + 4 * 2 ** 20;
const SUMS = TARGET + 4 * 2 ** 20;
const TRIED = 200_000;
const KEPT = 30;

function softmax(kernels: SoftmaxKernels, row: readonly number[]): Float32Array {
  new Float32Array(memory.buffer, SOURCE, row.length).set(row);
  kernels.compute_rows(OP_CODES.softmax, SOURCE, TARGET, 0, 1, row.length, SUMS);
  return new Float32Array(memory.buffer, TARGET, row.length);
}

/** |actual - exact| in units of the last place of exact. */
const ulps = (actual: number, exact: number): number =>
  Math.abs(actual - exact) / 2 ** (Math.floor(Math.log2(exact)) - 23);

/** Logits below `largest`, the ones whose exponential comes out lowest first. */
function byRounding(kernels: SoftmaxKernels, largest: number): number[] {
  const errors = Array.from({ length: TRIED }, (_, index) => {
    const logit = Math.fround(largest - Math.random() * (index % 2 ? 1 : 12));
    const [top, p] = softmax(kernels, [largest, logit]) as unknown as [number, number];
    const ratio = p / top / Math.exp(logit - largest);
    return { logit, error: ratio - 1 };
  });
  return errors.sort((a, b) => a.error - b.error).map(({ logit }) => logit);
}

for (const build of ['relaxed', 'baseline'] as KernelBuild[]) {
  const module = new WebAssembly.Module(fs.readFileSync(`dist/kernels/float32.${build}.wasm`));
  const kernels = new WebAssembly.Instance(module, { env: { memory, abort: () => {} } })
    .exports as unknown as SoftmaxKernels;
  kernels.set_scratch?.(FIRST_SLAB);
  for (const largest of [0, 0.35, 3.8, 17.3, -50.1].map(Math.fround)) {
    const logits = byRounding(kernels, largest);
    const [low, high] = [logits.slice(0, KEPT), logits.slice(-KEPT)];
    let worst = 0;
    let where = '';
    for (const copies of [3, 20, 100, 1000])
      for (const [ones, others] of [
        [low, high],
        [high, low],
      ] as const)
        for (const one of ones)
          for (const other of others) {
            const row = [largest, ...Array<number>(copies).fill(one), other];
            const p = softmax(kernels, row);
            const sum = row.reduce((total, x) => total + Math.exp(x - largest), 0);
            for (const index of [0, 1, copies + 1]) {
              const error = ulps(p[index]!, Math.exp(row[index]! - largest) / sum);
              if (error <= worst) continue;
              worst = error;
              where = `${copies} times ${one}, and ${other}`;
            }
          }
    console.log(`${build.padEnd(8)} largest ${largest}: ${worst.toFixed(3)} ulp, ${where}`);
  }
}
