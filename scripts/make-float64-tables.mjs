// Prints workers/kernels/float64/tables.ts: every entry computed in 256-bit integer arithmetic and rounded once.
// node scripts/make-float64-tables.mjs > workers/kernels/float64/tables.ts
const BITS = 256n;
const ONE = 1n << BITS;

function squareRoot(value) {
  let root = 1n << (BigInt(value.toString(2).length) / 2n + 1n);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** log(numerator / denominator) for ratios near 1, by the series of the inverse hyperbolic tangent. */
function logRatio(numerator, denominator) {
  const u = ((numerator - denominator) << BITS) / (numerator + denominator);
  const square = (u * u) >> BITS;
  let sum = 0n;
  let power = u;
  for (let k = 1n; power !== 0n; k += 2n) {
    sum += power / k;
    power = (power * square) >> BITS;
  }
  return sum << 1n;
}

/** The double nearest to value / 2^256. */
function nearest(value) {
  if (value < 0n) return -nearest(-value);
  if (value === 0n) return 0;
  const drop = BigInt(Math.max(0, value.toString(2).length - 53));
  let mantissa = value >> drop;
  const rest = value - (mantissa << drop);
  const half = drop > 0n ? 1n << (drop - 1n) : 0n;
  if (drop > 0n && (rest > half || (rest === half && (mantissa & 1n) === 1n))) mantissa += 1n;
  return Number(mantissa) * 2 ** Number(drop - BITS);
}

function fixed(double) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, double);
  const bits = view.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  const mantissa = (bits & 0xfffffffffffffn) | 0x10000000000000n;
  const shift = exponent - 1075n + BITS;
  const value = shift >= 0n ? mantissa << shift : mantissa >> -shift;
  return double === 0 ? 0n : bits >> 63n ? -value : value;
}

function bits(double) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, double);
  return view.getBigUint64(0);
}

const LOG2 = logRatio(2n, 1n);

/** The leading part of `value` as a multiple of 2^-`places`, and the rest. */
function split(value, places) {
  const unit = BITS - BigInt(places);
  const high = ((value + (1n << (unit - 1n))) >> unit) << unit;
  return [nearest(high), nearest(value - high)];
}

function exponentials() {
  let root = 2n * ONE;
  for (let k = 0; k < 8; k++) root = squareRoot(root << BITS);
  const words = [];
  let power = ONE;
  for (let j = 0n; j < 256n; j++) {
    const high = nearest(power);
    const tail = nearest(((power - fixed(high)) << BITS) / fixed(high));
    words.push(bits(tail), bits(high) - (j << 44n) + (256n << 52n));
    power = (power * root) >> BITS;
  }
  return words;
}

function logarithms() {
  const words = [];
  for (let i = 0; i < 128; i++) {
    const c = i === 0 ? 512n : BigInt(Math.round(512 / (1 + (i + 0.5) / 128)));
    const [high, low] = split(i === 0 ? 0n : logRatio(512n, c), 42);
    words.push(bits(Number(c) / 512), bits(high), bits(low), 0n);
  }
  return words;
}

const hex = (word) => `0x${BigInt.asUintN(64, word).toString(16).padStart(16, '0')}`;
function print(name, comment, words) {
  console.log(
    `\n/** ${comment} */\n// biome-ignore format: a table\nexport const ${name} = memory.data<u64>([`,
  );
  for (let i = 0; i < words.length; i += 4)
    console.log(
      `  ${words
        .slice(i, i + 4)
        .map(hex)
        .join(', ')},`,
    );
  console.log('], 64);');
}

console.log('// Printed by scripts/make-float64-tables.mjs; not edited by hand.');
print(
  'EXPONENTIALS',
  'For j of 256: the relative rest of 2^(j/256), then the bits of 2^256 * 2^(j/256), less j << 44.',
  exponentials(),
);
print(
  'LOGARITHMS',
  'For i of 128: c near 1 / (1 + (i + 0.5) / 128), with nine bits; -log c as a multiple of 2^-42; the rest; nothing.',
  logarithms(),
);
const [logHigh, logLow] = split(LOG2, 42);
console.log(`\n/** log 2 as a multiple of 2^-42, and the rest. */`);
console.log(`export const LOG2_HIGH: f64 = ${logHigh};\nexport const LOG2_LOW: f64 = ${logLow};`);
const [stepHigh, stepLow] = split(LOG2 >> 8n, 41);
console.log(
  `\n/** log 2 / 256 as a multiple of 2^-41, and the rest: n times the former is exact up to |n| = 2^20. */`,
);
console.log(`export const STEP_HIGH: f64 = ${stepHigh};\nexport const STEP_LOW: f64 = ${stepLow};`);
console.log(`export const STEPS_PER_UNIT: f64 = ${nearest((ONE << (BITS + 8n)) / LOG2)};`);
