import type { Dtype } from '../../src/options/types.ts';
import type { LookedAt } from '../../src/tasks/results.ts';

/** Rows of logits in the slab, before anything is computed: what the warnings are made from. */
export interface RowsInSight {
  rows: number;
  dtype: Dtype;
  /** Values that belong together in a row, from its first on. */
  lengthOf(row: number): number;
  addressOf(row: number, index: number): number;
}

/** Values of each row that are compared. */
const COMPARED = 16;
/** Where those agree, all are. */
const WHOLE = Number.POSITIVE_INFINITY;
/** Rows of a task that are looked at for probabilities. */
const CHECKED = 4;

/** How far from 1 probabilities sum that somebody has rounded or written with few digits. */
const NEAR: Readonly<Record<Dtype, number>> = { float16: 2e-2, float32: 2e-3, float64: 2e-3 };

/**
 * Takes some rows into account. It costs next to nothing: rows that are no probabilities show it in their first values,
 * and once two rows differ, none is compared again.
 */
export function lookAt(before: LookedAt | undefined, view: DataView, sight: RowsInSight): LookedAt {
  const { rows } = sight;
  const found = before ?? {
    rows: 0,
    probabilities: true,
    alike: true,
    row: sampleOf(view, sight, 0),
    whole: 0,
  };
  const checked = Math.min(CHECKED - found.rows, rows);
  for (let row = 0; row < checked && found.probabilities; row++)
    found.probabilities = isProbabilities(view, sight, row);
  for (let row = found.rows === 0 ? 1 : 0; row < rows && found.alike; row++) {
    found.alike = sampleOf(view, sight, row) === found.row;
    if (!found.alike) break;
    if (found.whole === 0) found.whole = sampleOf(view, sight, found.rows === 0 ? 0 : row, WHOLE);
    found.alike = sampleOf(view, sight, row, WHOLE) === found.whole;
  }
  found.rows += rows;
  return found;
}

function isProbabilities(view: DataView, sight: RowsInSight, row: number): boolean {
  const length = sight.lengthOf(row);
  let sum = 0;
  for (let index = 0; index < length; index++) {
    const value = valueAt(view, sight.addressOf(row, index), sight.dtype);
    if (!(value >= 0 && value <= 1)) return false;
    sum += value;
  }
  return length > 1 && Math.abs(sum - 1) <= NEAR[sight.dtype];
}

/** A number that rows share which share the values looked at, and their length. */
function sampleOf(
  view: DataView,
  { lengthOf, addressOf, dtype }: RowsInSight,
  row: number,
  most = COMPARED,
): number {
  const length = lengthOf(row);
  const count = Math.min(most, length);
  let hash = 0x811c9dc5 ^ length;
  for (let step = 0; step < count; step++) {
    const at = addressOf(row, Math.floor((step * length) / count));
    hash = Math.imul(hash ^ bitsAt(view, at, dtype), 0x01000193);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}

function bitsAt(view: DataView, at: number, dtype: Dtype): number {
  if (dtype === 'float16') return view.getUint16(at, true);
  if (dtype === 'float32') return view.getUint32(at, true);
  return view.getUint32(at, true) ^ Math.imul(view.getUint32(at + 4, true), 0x9e3779b1);
}

function valueAt(view: DataView, at: number, dtype: Dtype): number {
  if (dtype === 'float32') return view.getFloat32(at, true);
  if (dtype === 'float64') return view.getFloat64(at, true);
  const bits = view.getUint16(at, true);
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (bits & 0x8000 || exponent === 31) return bits === 0x8000 ? 0 : Number.NaN;
  return exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
}
