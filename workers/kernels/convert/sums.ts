// Checking the sums of rows. Sums that are like those before them are screened four at a time.

/** Bit `index` of an Arrow bitmap. */
// @ts-ignore: decorator
@inline
function bit(bitmap: usize, index: usize): u32 {
  return (<u32>load<u8>(bitmap + (index >> 3)) >> (<u32>index & 7)) & 1;
}

export function check_sums(
  sums: usize, count: usize, tolerance: f64, validity: usize, validityOffset: usize, result: usize, zeroIsValid: bool,
): void {
  let invalid: f64 = 0, nulls: f64 = 0, largest: f64 = -1, where: f64 = -1;
  const one = f64x2.splat(1);
  let quiet = f64x2.splat(-1);
  let i: usize = 0;
  while (i < count) {
    if (validity == 0 && i + 4 <= count) {
      const a = f64x2.abs(f64x2.sub(v128.load(sums + (i << 3)), one));
      const b = f64x2.abs(f64x2.sub(v128.load(sums + (i << 3), 16), one));
      if (i64x2.all_true(v128.and(f64x2.le(a, quiet), f64x2.le(b, quiet)))) {
        i += 4;
        continue;
      }
    }
    for (const end = min(i + 4, count); i < end; i++) {
      if (validity != 0 && !bit(validity, validityOffset + i)) {
        nulls++;
        continue;
      }
      const sum = load<f64>(sums + (i << 3));
      if (zeroIsValid && sum == 0) continue;
      const deviation = Math.abs(sum - 1);
      if (!(deviation <= tolerance)) invalid++;
      if (deviation > largest && isFinite(sum)) {
        largest = deviation;
        where = <f64>i;
      }
    }
    quiet = f64x2.splat(min(largest, tolerance));
  }
  store<f64>(result, invalid);
  store<f64>(result, nulls, 8);
  store<f64>(result, max(largest, 0), 16);
  store<f64>(result, where, 24);
}

export function canonical_sums(sums: usize, count: usize): void {
  for (const end = sums + (count << 3); sums < end; sums += 8)
    if (isNaN(load<f64>(sums))) store<i64>(sums, 0x7ff8000000000000);
}
