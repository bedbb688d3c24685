// What stands in the place of a slice's sum, where an op has none: 1, or why it is invalid. T is the type of what is
// stored; u16 stands for half precision.
import { REASON_NAN, storeReason } from '../common';
import { lengthAt } from '../ragged';

function fill(sums: usize, rows: usize): void {
  for (const end = sums + (rows << 3); sums < end; sums += 8) store<f64>(sums, 1);
}

// @ts-ignore: decorator
@inline
function isNaNAt<T>(address: usize): bool {
  if (sizeof<T>() == 2) return (load<u16>(address) & 0x7fff) > 0x7c00;
  return sizeof<T>() == 4 ? isNaN(load<f32>(address)) : isNaN(load<f64>(address));
}

/** `anyNaN`: there is one among the values; most have none. */
export function settleRows<T>(anyNaN: bool, values: usize, rows: usize, classes: usize, sums: usize): void {
  fill(sums, rows);
  if (!anyNaN) return;
  for (let row: usize = 0; row < rows; row++, sums += 8)
    for (let i: usize = 0; i < classes; i++, values += sizeof<T>()) if (isNaNAt<T>(values)) storeReason(sums, REASON_NAN);
}

export function settleColumns<T>(
  anyNaN: bool, values: usize, stride: usize, rows: usize, classes: usize, sums: usize,
): void {
  fill(sums, rows);
  if (!anyNaN) return;
  for (let i: usize = 0; i < classes; i++, values += stride)
    for (let row: usize = 0; row < rows; row++)
      if (isNaNAt<T>(values + row * sizeof<T>())) storeReason(sums + (row << 3), REASON_NAN);
}

export function settleRagged<T>(
  anyNaN: bool, values: usize, offsets: usize, offsetBytes: i32, rows: usize, sums: usize,
): void {
  fill(sums, rows);
  if (!anyNaN) return;
  for (let row: usize = 0; row < rows; row++, sums += 8) {
    const classes = lengthAt(offsets, offsetBytes, row);
    settleRows<T>(true, values, 1, classes, sums);
    values += classes * sizeof<T>();
  }
}
