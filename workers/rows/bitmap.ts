import { isSet, setBit } from '../../src/arrow/bits.ts';

/** The validity bitmap of a piece's result, put together pass by pass. */
export class Bitmap {
  readonly bytes: Uint8Array;

  constructor(rows: number) {
    this.bytes = new Uint8Array(Math.ceil(rows / 8));
  }

  /** Takes over the bits of `rows` rows, which begin at bit 0 of `address`, as those from `row` on. */
  put(memory: Uint8Array, address: number, row: number, rows: number): void {
    const length = Math.ceil(rows / 8);
    if (row % 8 === 0) {
      this.bytes.set(memory.subarray(address, address + length), row / 8);
      return;
    }
    for (let bit = 0; bit < rows; bit++) if (isSet(memory, bit, address)) setBit(this.bytes, row + bit);
  }
}
