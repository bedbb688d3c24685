/**
 * The float32 kernels' exponentials of every float32 they can meet, against float64:
 *   npx rolldown bench/exhaustive-exp-float32.ts --platform node --external assemblyscript/asc \
 *     --file dist/bench/exhaustive-exp-float32.js
 *   node dist/bench/exhaustive-exp-float32.js [relaxed|baseline] [largest…]
 *   LOGITMILL_SAMPLE=31 node dist/bench/exhaustive-exp-float32.js
 * For each of some largest logits (0, and both sides of the kernels' branches), every float32 that is not above it and
 * whose exponential can still become a probability is tried; then some quotients by a temperature; then every stored
 * log-probability there is. Half a minute per 1,000 million numbers; with LOGITMILL_SAMPLE, one block of 2^18 in so many.
 * A line each goes to standard output: how many were tried, the worst errors and where, and what they come to in a
 * probability. All of them together, without arguments, are kept in bench/results/exhaustive-exp-float32.md.
 *
 * The reference is Math.exp of a float64 difference: rounding both adds less than 1e-6 ulp of a float32.
 */
import fs from 'node:fs';
import os from 'node:os';
import v8 from 'node:v8';
import asc from 'assemblyscript/asc';

if (process.versions.node.startsWith('20.')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');

interface Exports {
  every_exponential(bits: number, count: number, target: number, lost: number, largest: number): void;
  every_few(bits: number, count: number, target: number, lost: number, largest: number): void;
  every_quotient(
    bits: number,
    count: number,
    target: number,
    lost: number,
    largest: number,
    inverse: number,
  ): void;
  every_stored(bits: number, count: number, target: number, lost: number): void;
}

const SCALE = 2 ** 24;
const CHUNK = 2 ** 18;
const SAMPLE = Number(process.env.LOGITMILL_SAMPLE ?? 1);
const TARGET = 2 ** 20;
const LOST = TARGET + 4 * CHUNK;
/** e^x below 2^-150 of the sum cannot become a subnormal probability; its error does not matter. */
const LOWEST = -150 * Math.LN2;

const memory = new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true });
const results = new Float32Array(memory.buffer, TARGET, CHUNK);
const lost = new Float32Array(memory.buffer, LOST, CHUNK);
const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);

async function build(name: string): Promise<Exports> {
  const file = `dist/bench/every-exponential.${name}.wasm`;
  const { error, stderr } = await asc.main([
    ...['workers/kernels/float32/every-exponential.ts', '-o', file, '-O3', '--noAssert', '--converge'],
    ...['--runtime', 'stub', '--importMemory', '--sharedMemory', '--memoryBase', '65536'],
    ...['--initialMemory', '64', '--maximumMemory', '64', '--enable', 'simd', '--enable', 'threads'],
    ...(name === 'relaxed' ? ['--enable', 'relaxed-simd'] : []),
  ]);
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  const module = new WebAssembly.Module(fs.readFileSync(file));
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
}

/** The least and the greatest of some signed relative errors, and where they were. */
class Extremes {
  low = 0;
  lowAt = 0;
  high = 0;
  highAt = 0;

  add(error: number, x: number): void {
    if (error > this.high) [this.high, this.highAt] = [error, x];
    else if (error < this.low) [this.low, this.lowAt] = [error, x];
  }

  get cell(): string {
    const [worst, at] = this.high > -this.low ? [this.high, this.highAt] : [-this.low, this.lowAt];
    return `${(worst * 2 ** 24).toFixed(4)} at ${at.toPrecision(9)}`;
  }
}

class Worst {
  tried = 0;
  ulp = 0;
  ulpAt = 0;
  /** Of exponentials that lead to normal probabilities. */
  readonly rounded = new Extremes();
  /** Of the same with what rounding took added again. */
  readonly whole = new Extremes();
  /** The latter where sums see them: even four million numbers below e^-17 of the largest have little part in one. */
  readonly summed = new Extremes();

  /** Compares the floats from bit pattern `from` on with e^((x - largest) / temperature) `scale`. */
  compare(from: number, count: number, largest: number, temperature: number, scale = SCALE): void {
    bits[0] = from;
    for (let i = 0; i < count; i++, bits[0]++) {
      const x = float[0]!;
      const argument = (x - largest) / temperature;
      if (argument < LOWEST) continue;
      this.tried++;
      // Probabilities below are subnormal, and have larger ulp.
      if (argument < -87) continue;
      const exact = Math.exp(argument) * scale;
      const error = results[i]! - exact;
      const relative = error / exact;
      const whole = (error + lost[i]!) / exact;
      this.rounded.add(relative, x);
      this.whole.add(whole, x);
      if (argument > -17) this.summed.add(whole, x);
      // An error in ulp is between 2^23 and 2^24 times the relative one.
      if (Math.abs(relative) <= this.ulp * 2 ** -24) continue;
      const ulp = Math.abs(error) / 2 ** (Math.floor(Math.log2(exact)) - 23);
      if (ulp > this.ulp) [this.ulp, this.ulpAt] = [ulp, x];
    }
  }

  /**
   * The most that a probability of such a row can be off, in ulp: the worst numerator over the worst sum with the other
   * sign, and half an ulp for the quotient. A relative error of 2^-24 is an ulp at most.
   */
  bound(few: boolean): string {
    const numerator = few ? this.whole : this.rounded;
    const apart = Math.max(numerator.high - this.summed.low, this.summed.high - numerator.low);
    return (apart * 2 ** 24 + 0.5).toFixed(4);
  }

  get cells(): string[] {
    return [
      `${(this.tried / 1e6).toFixed(1)} million`,
      `${this.ulp.toFixed(4)} at ${this.ulpAt.toPrecision(9)}`,
      this.rounded.cell,
      this.whole.cell,
      this.summed.cell,
    ];
  }
}

/** Runs over every float32 from `lowest` to `largest`. */
function everyFloat(lowest: number, largest: number, each: (from: number, count: number) => void): void {
  const bitsOf = (x: number): number => {
    float[0] = x;
    return bits[0]! & 0x7fffffff;
  };
  const range = (first: number, last: number, sign: number): void => {
    for (let from = first + CHUNK * Math.floor(Math.random() * SAMPLE); from <= last; from += CHUNK * SAMPLE)
      each(from | sign, Math.min(CHUNK, (last - from + 4) & ~3));
  };
  if (lowest < 0) range(largest < 0 ? bitsOf(largest) : 0, bitsOf(lowest), 1 << 31);
  if (largest >= 0) range(lowest > 0 ? bitsOf(lowest) : 0, bitsOf(largest), 0);
}

/** What the largest number's exponential comes out as. */
function topOf(kernel: Exports, largest: number): number {
  float[0] = largest;
  kernel.every_exponential(bits[0]!, 4, TARGET, LOST, largest);
  return results[0]!;
}

/** The same for few classes, with what rounding took. */
function topOfFew(kernel: Exports, largest: number): number {
  float[0] = largest;
  kernel.every_few(bits[0]!, 4, TARGET, LOST, largest);
  return results[0]! + lost[0]!;
}

const LARGEST = [0, 0.35, -0.5, -3.7, -20.3, -50.1, -120.7, 130.1, 200.7, 255.99, -255.99, 256, -300.3, 1e6];
/** Near 0 the numbers are most; what differs from the exponentials above is how they are scaled. */
const FEW_LARGEST = [0.35, -0.5, -3.7, -20.3, -50.1, -120.7, 130.1, 200.7, 255.99, -255.99, -300.3];
const QUOTIENTS = [[-20.3, 3]] as const;

const given = process.argv.slice(2).filter((word) => !/^(relaxed|baseline)$/.test(word));
const names = ['relaxed', 'baseline'].filter(
  (name) => process.argv[2] === name || !/^[rb]/.test(process.argv[2] ?? ''),
);
const kernels: Exports[] = [];
for (const name of names) kernels.push(await build(name));

const table: string[] = [];
const report = (...cells: string[]): void => {
  console.log(cells.join('  '));
  table.push(`| ${cells.join(' | ')} |`);
};
names.forEach((name, index) => {
  const kernel = kernels[index]!;
  for (const largest of (given.length ? given.map(Number) : LARGEST).map(Math.fround)) {
    const worst = new Worst();
    const scale = topOf(kernel, largest);
    everyFloat(Math.fround(largest - 104.7), largest, (from, count) => {
      kernel.every_exponential(from, count, TARGET, LOST, largest);
      worst.compare(from, count, largest, 1, scale);
    });
    report(name, `x - ${largest}`, ...worst.cells, worst.bound(false));
  }
  for (const largest of (given.length ? given.map(Number) : FEW_LARGEST).map(Math.fround)) {
    const worst = new Worst();
    const scale = topOfFew(kernel, largest);
    everyFloat(Math.fround(largest - 104.7), largest, (from, count) => {
      kernel.every_few(from, count, TARGET, LOST, largest);
      worst.compare(from, count, largest, 1, scale);
    });
    report(name, `few classes: x - ${largest}`, ...worst.cells, worst.bound(true));
  }
  if (given.length) return;
  for (const [largest, temperature] of QUOTIENTS) {
    const worst = new Worst();
    const top = Math.fround(largest);
    everyFloat(Math.fround(top - 104.7 * temperature), top, (from, count) => {
      kernel.every_quotient(from, count, TARGET, LOST, top, 1 / temperature);
      worst.compare(from, count, top, temperature);
    });
    report(name, `(x - ${top}) / ${temperature}`, ...worst.cells, worst.bound(false));
  }
  const stored = new Worst();
  everyFloat(-104.7, 0, (from, count) => {
    kernel.every_stored(from, count, TARGET, LOST);
    stored.compare(from, count, 0, 1);
  });
  report(name, 'stored', ...stored.cells, '');
});

if (process.argv.length === 2) {
  const lines = [
    SAMPLE === 1 ? '# Every float32 exponential' : `# One float32 exponential in ${SAMPLE}`,
    '',
    `Written by bench/exhaustive-exp-float32.ts: Node ${process.versions.node}, ${os.arch()}, ${os.cpus()[0]?.model}.`,
    'Each argument is every float32 x from 150 ln2 below the largest up to it; exponentials are beside that of the largest.',
    'Errors are those of e^-87 and above, which lead to normal probabilities: of exponentials as they are rounded, then with',
    'what rounding took added again, everywhere and of e^-17 and above, which sums see. The bound is what a probability of',
    'such a row is off at most, in ulp: the worst numerator (to five classes with what rounding took), the worst sum, and half',
    'an ulp.',
    '',
    '| build | argument | numbers | worst error in ulp | worst relative error in 2^-24 | with what rounding took | in sums | bound |',
    '| --- | --- | ---: | --- | --- | --- | --- | ---: |',
    ...table,
  ];
  fs.mkdirSync('bench/results', { recursive: true });
  fs.writeFileSync('bench/results/exhaustive-exp-float32.md', `${lines.join('\n')}\n`);
}
