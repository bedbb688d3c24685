// Stage 2: the fields in the lists become numbers of the matrix.
import { infinityOf, signOf } from './exact';
import { BAD, NOT_PROVEN, NULL, number, read_number } from './field';
import {
  FLOAT16,
  FLOAT32,
  FORMAT,
  LOGITS,
  LOGITS_DONE,
  LOGITS_NULLS,
  LOGITS_VALIDITY,
  NULL_NUMBER,
} from './layout';
import { leaveUnproven } from './unproven';

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

/** One field by the exact way; false when it is not a number. `element` is its place in the matrix. */
export function logitField(work: usize, start: usize, end: usize, target: usize, element: u32, format: u32): bool {
  const status = read_number(work, start, end, format);
  if (status == BAD) return false;
  if (status == NOT_PROVEN) leaveUnproven(work, start, end, target, format);
  else if (status == NULL) {
    storeBits(target, nullBits(work, format), format);
    const byte = <usize>load<u32>(work, LOGITS_VALIDITY) + (<usize>element >> 3);
    store<u8>(byte, load<u8>(byte) & ~(<u8>1 << <u8>(element & 7)));
    store<u32>(work, load<u32>(work, LOGITS_NULLS) + 1, LOGITS_NULLS);
  } else storeBits(target, number, format);
  return true;
}

/** Takes the n fields of the lists at `starts` and `ends`; false when one is not a number. */
export function logitFields(work: usize, starts: usize, ends: usize, n: usize): bool {
  const format = load<u32>(work, FORMAT);
  const size: usize = format == FLOAT32 ? 4 : format == FLOAT16 ? 2 : 8;
  const target = <usize>load<u32>(work, LOGITS);
  const done = load<u32>(work, LOGITS_DONE);
  for (let i: usize = 0; i < n; i++) {
    const start = <usize>load<u32>(starts + (i << 2)) + 17, end = <usize>load<u32>(ends + (i << 2)) + 16;
    if (!logitField(work, start, end, target + i * size, done + <u32>i, format)) return false;
  }
  store<u32>(work, target + n * size, LOGITS);
  store<u32>(work, done + <u32>n, LOGITS_DONE);
  return true;
}
