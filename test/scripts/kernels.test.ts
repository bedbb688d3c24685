import fs from 'node:fs';
import { expect, test } from 'vitest';
import { seal, sourcesOf } from '../../scripts/kernel-seal.mjs';

const NAME = 'convert.baseline';
const built = fs.readFileSync(`dist/kernels/${NAME}.wasm`);

test('a compiled module says what it was compiled from, in a section that engines pass over', () => {
  expect(sourcesOf(built, NAME)).toMatch(/^[0-9a-f]{32}$/);
  expect(WebAssembly.validate(built)).toBe(true);
  expect(WebAssembly.validate(built.subarray(0, built.length - 48))).toBe(true);
});

test('a module with another hash is another one, whatever its code', () => {
  const code = built.subarray(0, built.length - 48);
  const sources = sourcesOf(built, NAME) ?? '';
  expect(seal(code, NAME, sources).equals(built)).toBe(true);
  const other = seal(code, NAME, '0'.repeat(32));
  expect(sourcesOf(other, NAME)).toBe('0'.repeat(32));
  expect(WebAssembly.validate(other)).toBe(true);
});

test('any flipped bit, another name and a cut file are noticed', () => {
  const bits = Array.from({ length: 400 }, (_, index) => (index * 997) % (built.length * 8));
  for (const bit of [...bits, built.length * 8 - 1]) {
    const damaged = Buffer.from(built);
    damaged[bit >> 3] ^= 1 << (bit & 7);
    expect(sourcesOf(damaged, NAME), `bit ${bit}`).toBeUndefined();
  }
  expect(sourcesOf(built, 'convert.relaxed')).toBeUndefined();
  for (const length of [0, 1, 47, 48, built.length >> 1, built.length - 1])
    expect(sourcesOf(built.subarray(0, length), NAME)).toBeUndefined();
});
