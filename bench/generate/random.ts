/** Numbers like logits, the same for the same seed, at about a nanosecond each. */
export interface LogitSource {
  float32(target: Float32Array): void;
  float64(target: Float64Array): void;
  /** Bits of IEEE halves. */
  float16(target: Uint16Array): void;
  /** A word of 32 random bits. */
  word(): number;
}

/** Largest absolute value: the distribution is a triangle over (-15, 15), with a standard deviation of 6. */
export const LARGEST = 15;

const SCALE = LARGEST / 65536;

export function logitSource(seed: number): LogitSource {
  // Marsaglia's xorshift with the triple 13, 17, 5; 0 would stay 0.
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  const word = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  };
  /** The halves of a word, added, and some of its bits again below, so that all bits of a significand vary. */
  const value = (bits: number): number =>
    ((bits & 0xffff) + (bits >>> 16) - 65535 + ((bits ^ (bits >>> 9)) & 0xff) / 256) * SCALE;
  const halves = halfBits();
  return {
    word,
    float32(target) {
      for (let i = 0; i < target.length; i++) target[i] = value(word());
    },
    float64(target) {
      for (let i = 0; i < target.length; i++) target[i] = value(word()) + (word() >>> 0) * 2 ** -46;
    },
    float16(target) {
      for (let i = 0; i < target.length; i++) {
        const bits = word();
        target[i] = halves[((bits & 0xffff) + (bits >>> 16)) >>> 5];
      }
    },
  };
}

/** Bits of 4,096 halves, evenly spaced over (-LARGEST, LARGEST). */
function halfBits(): Uint16Array {
  const single = new Float32Array(1);
  const singleBits = new Uint32Array(single.buffer);
  return Uint16Array.from({ length: 4096 }, (_, index) => {
    single[0] = ((index - 2047.5) / 2048) * LARGEST;
    const bits = singleBits[0];
    // All are normal as halves; truncated, not rounded.
    return ((bits >>> 16) & 0x8000) | (((bits & 0x7fffffff) >>> 13) - (112 << 10));
  });
}
