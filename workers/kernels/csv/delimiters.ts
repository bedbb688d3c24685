// Stage 1: where the delimiters and newlines of a tile stand.
import { DELIMITER, HAS_QUOTES, INSIDE, NEWLINE, QUOTE } from './layout';

/** Newlines among what the last call of `indexTile` found. */
export let newlines: u32 = 0;

/** The top bits of 64 bytes. */
@inline
export function mask(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    <u64>(<u32>i8x16.bitmask(a) | (<u32>i8x16.bitmask(b) << 16)) |
    (<u64>(<u32>i8x16.bitmask(c) | (<u32>i8x16.bitmask(d) << 16)) << 32)
  );
}

/** One bit a byte of the 64 at p: whether it is the wanted one. */
@inline
export function maskOf(p: usize, wanted: v128): u64 {
  return mask(
    i8x16.eq(v128.load(p), wanted),
    i8x16.eq(v128.load(p, 16), wanted),
    i8x16.eq(v128.load(p, 32), wanted),
    i8x16.eq(v128.load(p, 48), wanted),
  );
}

/** The bits of the 64 bytes at p that lie before `end`. */
@inline
export function validBits(p: usize, end: usize): u64 {
  return end - p >= 64 ? <u64>-1 : (<u64>1 << <u64>(end - p)) - 1;
}

@inline
export function sumOfBytes(v: v128): u32 {
  const s = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(v));
  return i32x4.extract_lane(s, 0) + i32x4.extract_lane(s, 1) + i32x4.extract_lane(s, 2) + i32x4.extract_lane(s, 3);
}

/** Bit i is the parity of the bits 0 to i. */
@inline
export function parityOfPrefix(m: u64): u64 {
  m ^= m << 1;
  m ^= m << 2;
  m ^= m << 4;
  m ^= m << 8;
  m ^= m << 16;
  m ^= m << 32;
  return m;
}

/** Stores base + the place of each of the first eight set bits, and nonsense where there are fewer. */
@inline
function storeEight(list: usize, base: usize, m: u64): u64 {
  store<u32>(list, base + <usize>ctz(m)); m &= m - 1;
  store<u32>(list, base + <usize>ctz(m), 4); m &= m - 1;
  store<u32>(list, base + <usize>ctz(m), 8); m &= m - 1;
  store<u32>(list, base + <usize>ctz(m), 12); m &= m - 1;
  store<u32>(list, base + <usize>ctz(m), 16); m &= m - 1;
  store<u32>(list, base + <usize>ctz(m), 20); m &= m - 1;
  store<u32>(list, base + <usize>ctz(m), 24); m &= m - 1;
  store<u32>(list, base + <usize>ctz(m), 28); m &= m - 1;
  return m;
}

/** Stores position - 16 of every set bit; writes up to seven entries more. Returns the end of the list. */
@inline
function storePositions(list: usize, at: usize, m: u64): usize {
  const n = <usize>popcnt(m), base = at - 16;
  m = storeEight(list, base, m);
  if (n > 8) {
    m = storeEight(list + 32, base, m);
    for (let more = list + 64; m; more += 32) m = storeEight(more, base, m);
  }
  return list + (n << 2);
}

/**
 * Lists the delimiters and newlines in [p, end) that stand outside quotes, each as its address less 16: so that
 * v128.load of an entry is the 16 bytes that end at the delimiter. Reads up to 63 bytes past `end`.
 * @returns their number
 */
export function indexTile(work: usize, p: usize, end: usize, list: usize): usize {
  const delimiter = v128.load8_splat(work, DELIMITER), newline = v128.load8_splat(work, NEWLINE);
  const from = list;
  let count: u32 = 0;
  if (load<u32>(work, HAS_QUOTES)) {
    const quote = v128.load8_splat(work, QUOTE);
    let inside: u64 = 0 - <u64>load<u32>(work, INSIDE);
    for (; p < end; p += 64) {
      const a = v128.load(p), b = v128.load(p, 16), c = v128.load(p, 32), d = v128.load(p, 48);
      const valid = validBits(p, end);
      const quotes = mask(i8x16.eq(a, quote), i8x16.eq(b, quote), i8x16.eq(c, quote), i8x16.eq(d, quote)) & valid;
      const ends = mask(i8x16.eq(a, newline), i8x16.eq(b, newline), i8x16.eq(c, newline), i8x16.eq(d, newline));
      const delimiters = mask(i8x16.eq(a, delimiter), i8x16.eq(b, delimiter), i8x16.eq(c, delimiter), i8x16.eq(d, delimiter));
      const hidden = parityOfPrefix(quotes) ^ inside;
      inside = <u64>(<i64>hidden >> 63);
      const outside = valid & ~hidden;
      count += <u32>popcnt(ends & outside);
      list = storePositions(list, p, (ends | delimiters) & outside);
    }
    store<u32>(work, <u32>inside & 1, INSIDE);
  } else {
    // A lane counts one newline for every 64 bytes of a tile, which has fewer than 255 times as many.
    let first = i8x16.splat(0), second = first, third = first, fourth = first;
    for (const whole = p + ((end - p) & ~63); p < whole; p += 64) {
      const a = v128.load(p), b = v128.load(p, 16), c = v128.load(p, 32), d = v128.load(p, 48);
      const an = i8x16.eq(a, newline), bn = i8x16.eq(b, newline), cn = i8x16.eq(c, newline), dn = i8x16.eq(d, newline);
      first = i8x16.sub(first, an);
      second = i8x16.sub(second, bn);
      third = i8x16.sub(third, cn);
      fourth = i8x16.sub(fourth, dn);
      const m = mask(
        v128.or(i8x16.eq(a, delimiter), an),
        v128.or(i8x16.eq(b, delimiter), bn),
        v128.or(i8x16.eq(c, delimiter), cn),
        v128.or(i8x16.eq(d, delimiter), dn),
      );
      list = storePositions(list, p, m);
    }
    count = sumOfBytes(first) + sumOfBytes(second) + sumOfBytes(third) + sumOfBytes(fourth);
    if (p < end) {
      const valid = validBits(p, end), ends = maskOf(p, newline) & valid;
      count += <u32>popcnt(ends);
      list = storePositions(list, p, ends | (maskOf(p, delimiter) & valid));
    }
  }
  newlines = count;
  return (list - from) >> 2;
}
