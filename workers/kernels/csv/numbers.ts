// Stage 2: the fields in the lists become numbers of the matrix.
import { exponential32, exponential64, plain32, plain64, short32, short64 } from './decimals';
import { infinityOf, signOf } from './exact';
import { BAD, NOT_PROVEN, NULL, NUMBER, number, read_number } from './field';
import { toHalf } from './half';
import {
  FLAGGED,
  FLOAT16,
  FLOAT32,
  FORMAT,
  LOGITS,
  LOGITS_DONE,
  LOGITS_NULLS,
  LOGITS_VALIDITY,
  NULL_NUMBER,
  NUMERIC_NULLS,
  NUMERIC_NULLS_AT,
  SCRATCH,
  SHAPE,
  SHAPE_EXPONENT,
  SHAPE_LONG,
  SHAPE_SHORT,
  SHAPE_TRIM,
  TRIMMED_ENDS,
  TRIMMED_STARTS,
} from './layout';
import { long32, long64 } from './long-decimals';
import { shapeOf } from './shape';
import { trimList } from './trim-list';
import { leaveUnproven } from './unproven';

/** Takes the n fields of the lists at `starts` and `ends`; false when one is not a number. */
export function logitFields(work: usize, starts: usize, ends: usize, n: usize): bool {
  if (n == 0) return true;
  const format = load<u32>(work, FORMAT);
  const target = <usize>load<u32>(work, LOGITS);
  const shape = load<u32>(work, SHAPE);
  const loop = shape & ~SHAPE_TRIM;
  const step: usize = loop == SHAPE_LONG ? 1 : loop == SHAPE_EXPONENT ? 2 : 4;
  let from = starts, to = ends;
  if (shape & SHAPE_TRIM) {
    trimList(work, starts, ends, n);
    from = work + TRIMMED_STARTS;
    to = work + TRIMMED_ENDS;
  }
  pad(from, to, n);
  const flagged = runLoop(loop, format, from, to, (n + step - 1) & -step, format == FLOAT16 ? work + SCRATCH : target, work + FLAGGED);
  if (format == FLOAT16) toHalves(work, starts, ends, n, target);
  for (let k: usize = 0; k < flagged; k++) {
    const first = <usize>load<u32>(work + (k << 2), FLAGGED) >> 2;
    for (let i = first; i < min(first + step, n); i++) {
      if (!readAgain(work, starts, ends, i, target, format)) return false;
    }
  }
  if (load<u32>(work, NUMERIC_NULLS) && !reviewNulls(work, starts, ends, n, target, format)) return false;
  // Short numbers are almost as fast to read as plain ones, and slow one by one.
  if (flagged * step * (loop == SHAPE_SHORT ? 32 : 4) > n) store<u32>(work, shapeOf(work, starts, ends, n), SHAPE);
  store<u32>(work, target + n * sizeOf(format), LOGITS);
  store<u32>(work, load<u32>(work, LOGITS_DONE) + <u32>n, LOGITS_DONE);
  return true;
}

@inline
function sizeOf(format: u32): usize {
  return format == FLOAT32 ? 4 : format == FLOAT16 ? 2 : 8;
}

/** Empty fields after the last one, for loops that take several at a time. */
@inline
function pad(starts: usize, ends: usize, n: usize): void {
  const last = ends + ((n - 1) << 2);
  const end = load<u32>(last);
  for (let i: usize = 0; i < 3; i++) {
    store<u32>(last + (i << 2), end, 4);
    store<u32>(starts + ((n + i) << 2), end);
  }
}

function runLoop(loop: u32, format: u32, starts: usize, ends: usize, n: usize, target: usize, flagged: usize): usize {
  if (format == FLOAT32) {
    if (loop == SHAPE_LONG) return long32(starts, ends, n, target, flagged);
    if (loop == SHAPE_EXPONENT) return exponential32(starts, ends, n, target, flagged);
    if (loop == SHAPE_SHORT) return short32(starts, ends, n, target, flagged);
    return plain32(starts, ends, n, target, flagged);
  }
  if (loop == SHAPE_LONG) return long64(starts, ends, n, target, flagged);
  if (loop == SHAPE_EXPONENT) return exponential64(starts, ends, n, target, flagged);
  if (loop == SHAPE_SHORT) return short64(starts, ends, n, target, flagged);
  return plain64(starts, ends, n, target, flagged);
}

/** SCRATCH to float16. Those that are not of the loop's shape come out as nonsense; they are flagged. */
function toHalves(work: usize, starts: usize, ends: usize, n: usize, target: usize): void {
  for (let i: usize = 0; i < n; i++) {
    const half = toHalf(load<f64>(work + (i << 3), SCRATCH));
    if (half >= 0) {
      store<u16>(target + (i << 1), <u16>half);
      continue;
    }
    const start = <usize>load<u32>(starts + (i << 2)) + 17, end = <usize>load<u32>(ends + (i << 2)) + 16;
    const status = read_number(work, start, end, FLOAT16);
    if (status == NUMBER) store<u16>(target + (i << 1), <u16>number);
    else if (status == NOT_PROVEN) leaveUnproven(work, start, end, target + (i << 1), FLOAT16);
  }
}

@inline
function storeBits(target: usize, value: u64, format: u32): void {
  if (format == FLOAT32) store<u32>(target, <u32>value);
  else if (format == FLOAT16) store<u16>(target, <u16>value);
  else store<u64>(target, value);
}

/** The caller's number for nulls: 0 or -inf. */
function nullBits(work: usize, format: u32): u64 {
  return load<f64>(work, NULL_NUMBER) < 0 ? infinityOf(format) | signOf(format) : 0;
}

@inline
function validityOf(work: usize, i: usize): usize {
  return <usize>load<u32>(work, LOGITS_VALIDITY) + ((<usize>load<u32>(work, LOGITS_DONE) + i) >> 3);
}

@inline
function bitOf(work: usize, i: usize): u8 {
  return <u8>1 << <u8>((load<u32>(work, LOGITS_DONE) + <u32>i) & 7);
}

/** Field i of the lists by the exact way; false when it is not a number. */
function readAgain(work: usize, starts: usize, ends: usize, i: usize, target: usize, format: u32): bool {
  const start = <usize>load<u32>(starts + (i << 2)) + 17, end = <usize>load<u32>(ends + (i << 2)) + 16;
  const at = target + i * sizeOf(format);
  const status = read_number(work, start, end, format);
  if (status == BAD) return false;
  if (status == NOT_PROVEN) leaveUnproven(work, start, end, at, format);
  else if (status == NULL) {
    storeBits(at, nullBits(work, format), format);
    const byte = validityOf(work, i);
    store<u8>(byte, load<u8>(byte) & ~bitOf(work, i));
    store<u32>(work, load<u32>(work, LOGITS_NULLS) + 1, LOGITS_NULLS);
  } else storeBits(at, number, format);
  return true;
}

/** Reads again what has the value of a null's spelling: -999.0 is not -999, when that means null. */
function reviewNulls(work: usize, starts: usize, ends: usize, n: usize, target: usize, format: u32): bool {
  const values = <usize>load<u32>(work, NUMERIC_NULLS_AT);
  for (let k: usize = 0, count = <usize>load<u32>(work, NUMERIC_NULLS); k < count; k++) {
    const value = load<u64>(values + (k << 3));
    for (let i: usize = 0; i < n; i++) {
      const at = target + i * sizeOf(format);
      const bits: u64 = format == FLOAT32 ? <u64>load<u32>(at) : format == FLOAT16 ? <u64>load<u16>(at) : load<u64>(at);
      if (bits == value && (load<u8>(validityOf(work, i)) & bitOf(work, i)) != 0) {
        if (!readAgain(work, starts, ends, i, target, format)) return false;
      }
    }
  }
  return true;
}
