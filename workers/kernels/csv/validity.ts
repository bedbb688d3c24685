// The matrix' bitmap of nulls, seen by rows and by columns.

@inline
function bit(bitmap: usize, index: u32): u32 {
  return (load<u8>(bitmap + (<usize>index >> 3)) >> (index & 7)) & 1;
}

@inline
function put(bitmap: usize, index: u32, value: u32): void {
  const byte = bitmap + (<usize>index >> 3);
  if ((index & 7) == 0) store<u8>(byte, value);
  else store<u8>(byte, load<u8>(byte) | (value << (index & 7)));
}

/** Bit r of `target`: whether all bits of row r are set. */
export function row_validity(validity: usize, rows: u32, classes: u32, target: usize): void {
  let index: u32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    let all: u32 = 1;
    for (const end = index + classes; index < end; index++) all &= bit(validity, index);
    put(target, row, all);
  }
}

/** Bit r of `target`: bit (r, index) of the matrix. */
export function class_validity(validity: usize, rows: u32, classes: u32, index: u32, target: usize): void {
  for (let row: u32 = 0; row < rows; row++, index += classes) put(target, row, bit(validity, index));
}
