import type { CsvPlan } from '../../src/input/csv/reading.ts';

const SIZES = { float16: 2, float32: 4, float64: 8 };

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;
const bitmapBytes = (bits: number): number => Math.ceil(bits / 8);

/** Where the values of some rows go: addresses, all multiples of 64 when the first is. */
export interface Regions {
  logits: number;
  logitsValidity: number;
  columns: { data: number; dataBytes: number; validity: number; fields: number }[];
  end: number;
}

/** Lays the regions out from `address` on. */
export function layOut(plan: CsvPlan, rows: number, address: number): Regions {
  let next = address;
  const take = (bytes: number): number => {
    const at = next;
    next += align(bytes);
    return at;
  };
  // The fast loops work in fours and may write past the last logit.
  const logits = take(rows * plan.classes * SIZES[plan.dtype] + 64);
  const logitsValidity = take(bitmapBytes(rows * plan.classes));
  const columns = plan.passed.map(({ type }) => {
    const dataBytes = type === 'utf8' ? 4 * (rows + 1) : type === 'boolean' ? bitmapBytes(rows) : 8 * rows;
    return { data: take(dataBytes), dataBytes, validity: take(bitmapBytes(rows)), fields: 0 };
  });
  plan.passed.forEach(({ type }, i) => {
    if (type === 'utf8') columns[i].fields = take(4 * rows);
  });
  return { logits, logitsValidity, columns, end: next };
}

/** Sets the first `count` bits of a bitmap; those after them in the last byte are zero. */
export function setBits(bytes: Uint8Array, address: number, count: number): void {
  const whole = count >> 3;
  bytes.fill(0xff, address, address + whole);
  if (count & 7) bytes[address + whole] = (1 << (count & 7)) - 1;
}
