/**
 * The float32 kernels' exponential for every float32 that a row's largest number lets through, against float64:
 *   npx rolldown bench/exhaustive-exp-float32.ts --platform node --external assemblyscript/asc \
 *     --file dist/bench/exhaustive-exp-float32.js
 *   node dist/bench/exhaustive-exp-float32.js [relaxed|baseline] [largest…]
 * Half a minute per 1,000 million numbers and build. For each largest number, and for some quotients by a temperature,
 * it prints how many numbers were tried, the worst error in ulp and as a multiple of 2^-24 of the result, and where.
 * The last results stand in workers/kernels/README.md.
 */
import fs from 'node:fs';
import v8 from 'node:v8';
import asc from 'assemblyscript/asc';

if (process.versions.node.startsWith('20.')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');

interface Exports {
  every_exponential(bits: number, count: number, target: number, largest: number): void;
  every_quotient(bits: number, count: number, target: number, largest: number, inverse: number): void;
}

const SCALE = 2 ** 24;
const CHUNK = 2 ** 18;
const TARGET = 2 ** 20;
/** e^x below 2^-150 of the sum can not become a subnormal probability; its error does not matter. */
const LOWEST = -150 * Math.LN2;

const memory = new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true });
const results = new Float32Array(memory.buffer, TARGET, CHUNK);
const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);

async function build(relaxed: boolean): Promise<Exports> {
  const file = `dist/bench/every-exponential.${relaxed ? 'relaxed' : 'baseline'}.wasm`;
  const { error, stderr } = await asc.main([
    ...['workers/kernels/float32/every-exponential.ts', '-o', file, '-O3', '--noAssert', '--converge'],
    ...['--runtime', 'stub', '--importMemory', '--sharedMemory', '--memoryBase', '65536'],
    ...['--initialMemory', '64', '--maximumMemory', '64', '--enable', 'simd', '--enable', 'threads'],
    ...(relaxed ? ['--enable', 'relaxed-simd'] : []),
  ]);
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  const module = new WebAssembly.Module(fs.readFileSync(file));
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
}

class Worst {
  tried = 0;
  ulp = 0;
  ulpAt = 0;
  relative = 0;
  relativeAt = 0;

  /** Compares the floats from bit pattern `from` on with e^((x - largest) / temperature). */
  compare(from: number, count: number, largest: number, temperature: number): void {
    bits[0] = from;
    for (let i = 0; i < count; i++, bits[0]++) {
      const x = float[0]!;
      const argument = (x - largest) / temperature;
      if (argument < LOWEST) continue;
      this.tried++;
      const exact = Math.exp(argument) * SCALE;
      const relative = Math.abs(results[i]! - exact) / exact;
      if (relative <= this.relative && relative <= this.ulp * 2 ** -24) continue;
      const ulp = Math.abs(results[i]! - exact) / 2 ** (Math.floor(Math.log2(exact)) - 23);
      if (ulp > this.ulp) [this.ulp, this.ulpAt] = [ulp, x];
      if (relative > this.relative) [this.relative, this.relativeAt] = [relative, x];
    }
  }

  toString(): string {
    const where = (x: number) => x.toPrecision(9);
    return (
      `${(this.tried / 1e6).toFixed(1).padStart(7)} million, ` +
      `${this.ulp.toFixed(4)} ulp at ${where(this.ulpAt)}, ` +
      `${(this.relative * 2 ** 24).toFixed(4)} x 2^-24 at ${where(this.relativeAt)}`
    );
  }
}

/** Runs over every float32 from `lowest` to `largest`. */
function everyFloat(lowest: number, largest: number, each: (from: number, count: number) => void): void {
  const bitsOf = (x: number): number => {
    float[0] = x;
    return bits[0]! & 0x7fffffff;
  };
  const range = (first: number, last: number, sign: number): void => {
    for (let from = first; from <= last; from += CHUNK)
      each(from | sign, Math.min(CHUNK, (last - from + 4) & ~3));
  };
  if (lowest < 0) range(largest < 0 ? bitsOf(largest) : 0, bitsOf(lowest), 1 << 31);
  if (largest >= 0) range(lowest > 0 ? bitsOf(lowest) : 0, bitsOf(largest), 0);
}

const LARGEST = [0, 0.3465, 0.35, 1, 3.8, 17.3, 88.5, -50.1, 255.99, -255.99, 256, -300.3, 1e6];
const QUOTIENTS = [
  [1, 0.7],
  [-20.3, 3],
];

const given = process.argv.slice(2).filter((word) => !/^(relaxed|baseline)$/.test(word));
const builds = ['relaxed', 'baseline'].filter(
  (name) => process.argv[2] === name || !/^[rb]/.test(process.argv[2] ?? ''),
);
for (const name of builds) {
  const kernel = await build(name === 'relaxed');
  for (const largest of (given.length ? given.map(Number) : LARGEST).map(Math.fround)) {
    const worst = new Worst();
    everyFloat(Math.fround(largest - 104.7), largest, (from, count) => {
      kernel.every_exponential(from, count, TARGET, largest);
      worst.compare(from, count, largest, 1);
    });
    console.log(`${name.padEnd(8)} largest ${String(largest).padEnd(20)} ${worst}`);
  }
  for (const [largest, temperature] of given.length ? [] : (QUOTIENTS as [number, number][])) {
    const worst = new Worst();
    const top = Math.fround(largest);
    everyFloat(Math.fround(top - 104.7 * temperature), top, (from, count) => {
      kernel.every_quotient(from, count, TARGET, top, 1 / temperature);
      worst.compare(from, count, top, temperature);
    });
    console.log(`${name.padEnd(8)} largest ${String(top).padEnd(20)} temperature ${temperature} ${worst}`);
  }
}
