import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clearBit, countBits, isSet, setBit } from '../../src/arrow/bits.ts';

test('bits are counted, read, set and cleared as an array of booleans has them', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 90 }), fc.nat(5), fc.nat(), (bits, at, pick) => {
      const bytes = new Uint8Array(at + Math.ceil(bits.length / 8) + 1).fill(0xff);
      bits.forEach((bit, index) => {
        (bit ? setBit : clearBit)(bytes, at * 8 + index);
      });
      expect(bits.map((_, index) => isSet(bytes, index, at))).toEqual(bits);
      expect(countBits(bytes, bits.length, at)).toBe(bits.filter(Boolean).length);
      const some = pick % (bits.length + 1);
      expect(countBits(bytes, some, at)).toBe(bits.slice(0, some).filter(Boolean).length);
    }),
  );
});
