import { expect, it } from 'vitest';
import type { KernelBuild } from '../../src/kernels/names.ts';
import type { Dtype } from '../../src/options/types.ts';
import { expectedNumber } from './exact-reference.ts';
import { Random } from './random-document.ts';
import { BUILDS, fromHalf, readDocument } from './support.ts';

const DTYPES: Dtype[] = ['float16', 'float32', 'float64'];

/** Random numbers a format; a million each with LOGITMILL_NUMBERS=1000000. */
const COUNT = Number(process.env.LOGITMILL_NUMBERS ?? 6_000);

/** The numbers as the parser reads them from a table of several columns. */
function parse(texts: readonly string[], dtype: Dtype, build: KernelBuild): number[] {
  const columns = 5;
  const padded = [...texts, ...Array(columns - 1 - ((texts.length - 1) % columns)).fill('0')];
  const rows: string[] = [];
  for (let i = 0; i < padded.length; i += columns) rows.push(padded.slice(i, i + columns).join(';'));
  const logits = Array.from({ length: columns }, (_, i) => i);
  const options = { dtype, logits, build, delimiter: ';', header: 'no' } as const;
  return readDocument(`${rows.join('\n')}\n`, options)
    .rows.flatMap((row) => row.logits as number[])
    .slice(0, texts.length);
}

function check(texts: readonly string[], dtypes: readonly Dtype[] = DTYPES): void {
  for (const dtype of dtypes) {
    const wanted = texts.map((text) => expectedNumber(text, dtype));
    for (const build of BUILDS) {
      const got = parse(texts, dtype, build);
      const wrong = texts.flatMap((text, i) =>
        Object.is(got[i], wanted[i]) ? [] : [`${text} as ${dtype}: ${build} got ${got[i]}, not ${wanted[i]}`],
      );
      expect(wrong.slice(0, 5)).toEqual([]);
    }
  }
}

it('rounds once', () => {
  // Rounded to float64 first, this lies halfway between two float32.
  for (const build of BUILDS)
    expect(parse(['0.00007458978871'], 'float32', build)).toEqual([7.45897923479788e-5]);
  expect(Math.fround(0.00007458978871)).not.toBe(7.45897923479788e-5);
});

/** Numbers at the edges of the formats, and such as have shown faults in parsers. */
const LITERALS = `
  0 -0 0.0 -0.000000 .5 5. -.5 +7 1e0 1E+05 1e5 00012.5000 2.2250738585072011e-308
  2.2250738585072014e-308 4.9406564584124654e-324 2.4703282292062327e-324 2.4703282292062328e-324
  1.7976931348623157e308 1.7976931348623158e308 1.7976931348623159e308 1e308 1e309 -1e400 1e-400
  1e99999999999 1e-99999999999 0e99999999999 123456789e-1000000000 9007199254740993 9007199254740992
  9007199254740991 9223372036854775807 18446744073709551615 18446744073709551616 99999999999999999999
  10000000000000000000000 1e22 1e23 8.5e22 3.4028234663852886e38 3.4028235677973366e38
  3.4028235677973365e38 3.40282357e38 1.17549435e-38 1.1754942807573643e-38 1.1754943508222875e-38
  1.401298464324817e-45 7.006492321624085e-46
  7.0064923216240853546186479164495806564013097093825788587853e-46 7.006492321624086e-46 16777217
  16777219 65504 65519 65519.99 65520 65520.00001 6.103515625e-05 5.960464477539063e-08
  2.98023223876953125e-08 2.9802322387695312e-08 2.9802322387695313e-08 2049 2051 2049.0000001
  2048.9999999 513.25 513.75 1.00000005960464477539062500000000000000000000000001
  1.000000059604644775390625 7.2057594037927933e16
  0.000000000000000000000000000000000000011754943508222875 123456789012345678901234567890
  0.1234567890123456789012345 9214843084008499 30078505129381147446200
  1.8254370818746402660437411213933955878019332885742187 358416272e-33 8.988465674311582e307 5e-324
  1e-45 7.0e-45 1.5e-45 6.9294956446009195e15 89255.0e-22 2.0e-5 1448997445238699
  3.1415926535897932384626433832795028841971693993751 1e+00 1.5e-07 -1.25E-10 1e7
`;

it('rounds literals that parsers have got wrong', () => {
  check(LITERALS.trim().split(/\s+/));
});

function randomBits(random: Random, dtype: Dtype): number {
  const view = new DataView(new ArrayBuffer(8));
  for (let i = 0; i < 8; i++) view.setUint8(i, random.below(256));
  const value =
    dtype === 'float64'
      ? view.getFloat64(0)
      : dtype === 'float32'
        ? view.getFloat32(0)
        : fromHalf(view.getUint16(0));
  return Number.isFinite(value) ? value : randomBits(random, dtype);
}

/** A dyadic number written out to its last digit. */
function written(numerator: bigint, power: number, exponential: boolean): string {
  const [digits, tens] =
    power >= 0 ? [numerator << BigInt(power), 0] : [numerator * 5n ** BigInt(-power), power];
  const text = digits.toString();
  if (exponential) return `${text[0]}.${text.slice(1)}e${text.length - 1 + tens}`;
  if (tens === 0) return text;
  const padded = text.padStart(1 - tens, '0');
  return `${padded.slice(0, tens)}.${padded.slice(tens)}`;
}

const PRECISION = { float16: [11, -24, 15], float32: [24, -149, 127], float64: [53, -1074, 1023] } as const;

/** Exactly halfway between two numbers of the format, subnormal ones included; and a hair to either side. */
function halfways(random: Random, dtype: Dtype): string[] {
  const [precision, smallest, largest] = PRECISION[dtype];
  const power = smallest - 1 + random.below(largest - precision + 1 - smallest + 2);
  const bits = power === smallest - 1 ? 1 + random.below(precision) : precision;
  let significand = 1n << BigInt(bits - 1);
  for (let bit = 0; bit < bits - 1; bit++) if (random.chance(0.5)) significand |= 1n << BigInt(bit);
  const exact = written(2n * significand + 1n, power, random.chance(0.5));
  const [mantissa, exponent = ''] = exact.split('e');
  const tail = exponent && `e${exponent}`;
  const point = mantissa.includes('.') ? mantissa : `${mantissa}.`;
  const digits = random.pick([1, 30, 800]);
  return [
    exact,
    `-${point}${'0'.repeat(digits)}${tail}`,
    `${point}${'0'.repeat(digits)}1${tail}`,
    // One less in the last digit, then nines.
    `${mantissa.replace(/([1-9])(\.?0*)$/, (_, digit, rest) => `${Number(digit) - 1}${rest.replaceAll('0', '9')}`)}${mantissa.includes('.') ? '' : '.'}${'9'.repeat(digits)}${tail}`,
  ];
}

it('decides every tie, and what is next to it', () => {
  for (const dtype of DTYPES) {
    const random = new Random(7);
    const texts = Array.from({ length: 400 }, () => halfways(random, dtype)).flat();
    check(texts, [dtype]);
  }
}, 60_000);

/** Texts that are not halfway between two numbers of the format, though their float64 is. */
function hiddenTies(
  random: Random,
  dtype: 'float16' | 'float32',
  form: (x: number, digits?: number) => string,
): string[] {
  const [precision, smallest] = PRECISION[dtype];
  const found: string[] = [];
  while (found.length < 40) {
    const significand = 1 + random.below(2 ** precision - 1);
    const exponent = dtype === 'float16' ? smallest : -24 + random.below(30);
    const halfway = (2 * significand + 1) * 2 ** (exponent - 1);
    const text = form(halfway);
    const exact = form(halfway, 99);
    const zeros = (number: string) => number.replace(/0+(?=e|$)/, '');
    if (Number(text) === halfway && zeros(exact) !== zeros(text)) found.push(text);
  }
  return found;
}

it('is not deceived by ties that only float64 sees', () => {
  const random = new Random(3);
  const fixed = (x: number, digits?: number) =>
    x.toFixed(digits ?? 14 - Math.max(1, Math.ceil(Math.log10(x + 1e-9))));
  const scientific = (x: number, digits = 13) => twoDigits(x.toExponential(digits));
  const long = (x: number, digits = 17) => twoDigits(x.toExponential(digits));
  check(hiddenTies(random, 'float32', fixed), ['float32']);
  check(hiddenTies(random, 'float32', scientific), ['float32']);
  // Fourteen digits do not come so near to any of the few ties of float16.
  for (const dtype of ['float16', 'float32'] as const) check(hiddenTies(random, dtype, long), [dtype]);
});

const twoDigits = (text: string) => text.replace(/e([+-])(\d)$/, 'e$10$2');
const FORMS: Record<string, (x: number) => string> = {
  '%.6f': (x) => x.toFixed(6),
  '%.3f': (x) => x.toFixed(3),
  '%.12f': (x) => x.toFixed(12),
  '%.9g': (x) => twoDigits(String(Number(x.toPrecision(9)))),
  '%.8e': (x) => twoDigits(x.toExponential(8)),
  '%.17g': (x) => twoDigits(x.toPrecision(17)),
  '%.18e': (x) => twoDigits(x.toExponential(18)),
  shortest: String,
  integers: (x) => x.toFixed(0),
};

for (const [name, form] of Object.entries(FORMS)) {
  it(`reads ${name} of random numbers exactly`, () => {
    const random = new Random(11);
    const small = Array.from({ length: COUNT }, () => form((random.next() - 0.5) * 10 ** random.below(5)));
    const anywhere = Array.from({ length: COUNT / 4 }, () => form(randomBits(random, random.pick(DTYPES))));
    check(small);
    check(anywhere);
  }, 600_000);
}
