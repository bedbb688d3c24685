import * as layout from '../kernels/csv/layout.ts';
import { LARGEST_POWER, SMALLEST_POWER } from '../kernels/csv/layout.ts';

/** The byte before a fraction that a memory's tables are for. */
const written = new WeakMap<WebAssembly.Memory, number>();

interface Bytes {
  buffer: ArrayBufferLike;
}

/**
 * Writes the tables of the CSV kernels at `address`. They are the same whoever writes them, so workers that share the
 * memory need not agree on who does, as long as they read the same file. They are made elsewhere and copied: a worker that starts while another is
 * already at work may only write what is there.
 */
export function writeTables(memory: WebAssembly.Memory, address: number, decimal: number): void {
  if (written.get(memory) === decimal) return;
  const made: Bytes = new DataView(new ArrayBuffer(layout.TABLE_BYTES));
  writePowersOfFive(new DataView(made.buffer, layout.POWERS_OF_FIVE));
  writeDigitRows(made, layout.DIGIT_ROWS);
  writePowers(new DataView(made.buffer, layout.POWERS));
  writeConstants(made, layout.CONSTANTS, decimal);
  new Uint8Array(memory.buffer, address, layout.TABLE_BYTES).set(new Uint8Array(made.buffer));
  written.set(memory, decimal);
}

/** floor(q * log2(5)) for |q| <= 400. */
function exponentOfFive(q: number): number {
  return (q * 152170) >> 16;
}

/** The first 128 bits of 5^q, cut, for every q that a float64 can need. */
function writePowersOfFive(view: DataView): void {
  const low = (1n << 64n) - 1n;
  for (let q = SMALLEST_POWER; q <= LARGEST_POWER; q++) {
    const shift = BigInt(127 - exponentOfFive(q));
    const power = 5n ** BigInt(Math.abs(q));
    const bits = q < 0 ? (1n << shift) / power : shift >= 0n ? power << shift : power >> -shift;
    const at = (q - SMALLEST_POWER) * 16;
    view.setBigUint64(at, bits & low, true);
    view.setBigUint64(at + 8, bits >> 64n, true);
  }
}

const LANES = 16;
/** A swizzle gives zero for a lane that is not there. */
const NO_LANE = 0x80;

function writeDigitRows(memory: Bytes, address: number): void {
  for (const negative of [0, 1]) {
    for (let length = 0; length < 16; length++) {
      for (let fromEnd = 0; fromEnd <= LANES; fromEnd++) {
        const at =
          address +
          negative * layout.DIGIT_ROWS_OF_SIGN +
          length * layout.DIGIT_ROWS_OF_LENGTH +
          fromEnd * layout.DIGIT_ROW_BYTES;
        writeDigitRow(memory, at, negative === 1, length - negative, fromEnd);
      }
    }
  }
}

/** @param length characters after the sign; negative where there is no room for it */
function writeDigitRow(memory: Bytes, at: number, negative: boolean, length: number, fromEnd: number): void {
  const hasPoint = fromEnd < length;
  const lanes: number[] = [];
  for (let lane = LANES - length; lane < LANES; lane++)
    if (!hasPoint || lane !== LANES - 1 - fromEnd) lanes.push(lane);
  // Without a digit there is no number: the lane of a delimiter, sign or point is taken, which no digit check lets pass.
  if (lanes.length === 0) lanes.push(LANES - 1);
  const swizzle = new Uint8Array(memory.buffer, at + layout.ROW_SWIZZLE, LANES).fill(NO_LANE);
  swizzle.set(lanes, LANES - lanes.length);
  const view = new DataView(memory.buffer);
  const fraction = hasPoint ? fromEnd : 0;
  view.setFloat64(at + layout.ROW_DIVISOR, (negative ? -1 : 1) * Number(`1e${fraction}`), true);
  view.setUint16(at + layout.ROW_FRACTION, fraction, true);
  view.setUint16(at + layout.ROW_LONG_FRACTION, hasPoint ? fraction + layout.TAIL_DIGITS : 0, true);
  view.setUint32(at + layout.ROW_SIGN, negative ? layout.POWERS_OF_SIGN : 0, true);
}

/** 10^22 is the largest power of ten that a float64 holds. */
const LARGEST_EXACT_POWER = 22;

function writePowers(view: DataView): void {
  for (const [half, sign] of [1, -1].entries()) {
    for (let i = 0; i < layout.POWERS_OF_SIGN / layout.POWER_BYTES; i++) {
      const q = i - layout.FIRST_POWER;
      const at = half * layout.POWERS_OF_SIGN + i * layout.POWER_BYTES;
      const exact = Math.abs(q) <= LARGEST_EXACT_POWER;
      // Number() rounds correctly, 10 ** q need not.
      view.setFloat64(at + layout.POWER_VALUE, sign * Number(`1e${q}`), true);
      view.setFloat64(at + layout.POWER_FACTOR, exact ? Number(`1e${Math.max(q, 0)}`) : Number.NaN, true);
      view.setFloat64(at + layout.POWER_DIVISOR, sign * Number(`1e${exact ? Math.max(-q, 0) : 0}`), true);
    }
  }
}

function writeConstants(memory: Bytes, address: number, decimal: number): void {
  const bytes = (offset: number) => new Uint8Array(memory.buffer, address + offset, 16);
  const words = (offset: number) => new Int16Array(memory.buffer, address + offset, 8);
  const integers = (offset: number) => new Int32Array(memory.buffer, address + offset, 4);
  bytes(layout.ZEROS).fill(0x30);
  bytes(layout.POINTS).fill(decimal);
  bytes(layout.NINES).fill(9);
  words(layout.TENS).fill(10 * 256 + 1);
  for (let i = 0; i < 8; i++) {
    words(layout.HUNDREDS)[i] = i % 2 === 0 ? 100 : 1;
    words(layout.MYRIADS)[i] = i % 2 === 0 ? 10_000 : 1;
  }
  new Float64Array(memory.buffer, address + layout.HUNDRED_MILLIONS, 2).fill(1e8);
  bytes(layout.EIGHT_NINES).fill(9, 8);
  bytes(layout.TAIL).fill(0xff, 1);
  integers(layout.LOST_BITS).fill(0x1fffffff);
  integers(layout.HALF).fill(0x10000000);
}
