// Nulls among logits, and the rows that they make null.
import { offsetAt } from '../ragged';
import { allSet, bitsAt, endOf, isSet } from './bitmaps';

export function mask_nulls(values: usize, count: usize, size: i32, bitmap: usize, bitOffset: usize): void {
  const end = endOf(bitmap, bitOffset, count);
  for (let i: usize = 0; i < count; i += 56) {
    const width = min(<usize>56, count - i);
    let unset = ~bitsAt(bitmap, bitOffset + i, width, end) & ((<u64>1 << width) - 1);
    for (; unset != 0; unset &= unset - 1) {
      const at = values + (i + <usize>ctz(unset)) * size;
      if (size == 4) store<u32>(at, 0xff800000);
      else if (size == 8) store<u64>(at, 0xfff0000000000000);
      else store<u16>(at, 0xfc00);
    }
  }
}

export function clear_rows_with_nulls(
  bitmap: usize, bitOffset: usize, rows: usize, classes: usize, rowBitmap: usize,
): usize {
  const end = endOf(bitmap, bitOffset, rows * classes);
  let cleared: usize = 0;
  for (let row: usize = 0; row < rows; row++, bitOffset += classes) {
    if (allSet(bitmap, bitOffset, classes, end)) continue;
    cleared += clear(rowBitmap, row);
  }
  return cleared;
}

export function clear_ragged_rows_with_nulls(
  bitmap: usize, bitOffset: usize, offsets: usize, offsetBytes: i32, rows: usize, rowBitmap: usize,
): usize {
  const first = offsetAt(offsets, offsetBytes, 0);
  const end = endOf(bitmap, bitOffset, <usize>(offsetAt(offsets, offsetBytes, rows) - first));
  let cleared: usize = 0;
  for (let row: usize = 0; row < rows; row++) {
    const from = offsetAt(offsets, offsetBytes, row), count = <usize>(offsetAt(offsets, offsetBytes, row + 1) - from);
    if (allSet(bitmap, bitOffset + <usize>(from - first), count, end)) continue;
    cleared += clear(rowBitmap, row);
  }
  return cleared;
}

/** Unsets a bit; 1 if it was set. */
// @ts-ignore: decorator
@inline
function clear(bitmap: usize, bit: usize): usize {
  const was = isSet(bitmap, bit) ? 1 : 0;
  const at = bitmap + (bit >> 3);
  store<u8>(at, <u8>(<u32>load<u8>(at) & ~(<u32>1 << <u32>(bit & 7))));
  return was;
}

export function zero_null_rows(values: usize, rowBytes: usize, rows: usize, bitmap: usize, bitOffset: usize): void {
  for (let row: usize = 0; row < rows; row++, values += rowBytes)
    if (!isSet(bitmap, bitOffset + row)) memory.fill(values, 0, rowBytes);
}
