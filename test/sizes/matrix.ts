/** Logits that are exact in every dtype and as text, so that all forms of one table hold the same numbers. */
export interface Shape {
  rows: readonly number[];
  classes: number;
  dtype: 'float16' | 'float32';
  /** Of the text beside them, in each batch but the last, in bytes. */
  textBytes: number;
}

/** Sixty-fourths from -8 to 8. */
const STEPS = 1024;
const valueAt = (step: number): number => step / 64 - 8;
const TEXTS = Array.from({ length: STEPS }, (_, step) => String(valueAt(step)));

export type Values = Float32Array | Uint16Array;

export interface Batch {
  rows: number;
  /** Row by row; the bits of float16. */
  values: Values;
  /** Row by row, each from 0 to STEPS. */
  steps: Uint16Array;
  text: Uint8Array;
  textOffsets: Int32Array;
}

/** Batches of a shape; the same each time. */
export function matrix({ rows, classes, dtype, textBytes }: Shape): Batch[] {
  const bits =
    dtype === 'float16' ? Uint16Array.from({ length: STEPS }, (_, step) => float16(valueAt(step))) : null;
  const numbers = Float32Array.from({ length: STEPS }, (_, step) => valueAt(step));
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
  return rows.map((count, index) => {
    const steps = new Uint16Array(count * classes);
    const values = bits ? new Uint16Array(steps.length) : new Float32Array(steps.length);
    const table = bits ?? numbers;
    for (let i = 0; i < steps.length; i++) {
      const step = next() >>> 22;
      steps[i] = step;
      values[i] = table[step]!;
    }
    // In the first half noise, which hardly becomes smaller, in the second half one letter.
    const text = new Uint8Array(index === rows.length - 1 ? count : textBytes).fill(0x78);
    for (let i = 0; i < text.length / 2; i++) text[i] = 'ghijklmnopqrstuv'.charCodeAt(next() >>> 28);
    const textOffsets = Int32Array.from({ length: count + 1 }, (_, row) =>
      Math.floor((row * text.length) / count),
    );
    return { rows: count, values, steps, text, textOffsets };
  });
}

/** Of one class, from `values` row by row. */
export function column(values: Values, classes: number, index: number): Values {
  const result =
    values instanceof Float32Array
      ? new Float32Array(values.length / classes)
      : new Uint16Array(values.length / classes);
  for (let row = 0; row < result.length; row++) result[row] = values[row * classes + index]!;
  return result;
}

/** The batches as one text, with a header. */
export function csv(batches: readonly Batch[], classes: number): Buffer {
  const parts: Buffer[] = [
    Buffer.from(`${Array.from({ length: classes }, (_, i) => `logit_${i}`).join(',')},note\n`),
  ];
  for (const { rows, steps, text, textOffsets } of batches) {
    // No number takes more than 9 characters, and a comma follows each.
    const bytes = Buffer.allocUnsafe(steps.length * 10 + text.length + rows);
    let at = 0;
    for (let row = 0; row < rows; row++) {
      for (let i = row * classes; i < (row + 1) * classes; i++) {
        const number = TEXTS[steps[i]!]!;
        for (let k = 0; k < number.length; k++) bytes[at++] = number.charCodeAt(k);
        bytes[at++] = 0x2c;
      }
      const note = text.subarray(textOffsets[row], textOffsets[row + 1]);
      bytes.set(note, at);
      at += note.length;
      bytes[at++] = 0x0a;
    }
    parts.push(bytes.subarray(0, at));
  }
  return Buffer.concat(parts);
}

/** The bits of a number that float16 holds exactly, and that is 0 or normal. */
function float16(value: number): number {
  if (value === 0) return 0;
  const exponent = Math.floor(Math.log2(Math.abs(value)));
  const fraction = (Math.abs(value) / 2 ** exponent - 1) * 2 ** 10;
  return (value < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | fraction;
}

export function fromFloat16(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits & 0x8000 ? -size : size;
}
