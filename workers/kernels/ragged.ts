// Ragged rows: `rows` + 1 offsets of 4 or 8 bytes say where each begins and ends, counted from the first offset.

// @ts-ignore: decorator
@inline
export function offsetAt(offsets: usize, offsetBytes: i32, index: usize): i64 {
  return offsetBytes == 4 ? <i64>load<i32>(offsets + (index << 2)) : load<i64>(offsets + (index << 3));
}

// @ts-ignore: decorator
@inline
export function lengthAt(offsets: usize, offsetBytes: i32, row: usize): usize {
  return <usize>(offsetAt(offsets, offsetBytes, row + 1) - offsetAt(offsets, offsetBytes, row));
}

/** How many rows from `row` on have its length: they are done together, as rows of so many classes. */
export function runOf(offsets: usize, offsetBytes: i32, row: usize, rows: usize): usize {
  const length = lengthAt(offsets, offsetBytes, row);
  let end = row + 1;
  while (end < rows && lengthAt(offsets, offsetBytes, end) == length) end++;
  return end - row;
}
