import { expect, test } from 'vitest';
import { collectGarbage } from '../../src/memory/garbage.ts';

test('array buffers that nobody needs are let go long before V8 would', async () => {
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (let index = 0; index < 400; index++) {
    new Uint8Array(2 ** 20).fill(index);
    collectGarbage();
    // Memory is given back by other threads.
    if (index % 8 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  expect(most).toBeLessThan(40 * 2 ** 20);
});
