import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { writeTables } from '../../workers/csv/tables.ts';
import { TABLE_BYTES } from '../../workers/kernels/csv/layout.ts';

// Workers start one after the other: while one writes the tables, another already reads numbers with their help.
test('writing the tables a second time never shows anything else in their place', async () => {
  const buffer = new SharedArrayBuffer(TABLE_BYTES + 64);
  // Each worker has a WebAssembly.Memory object of its own, over the one buffer.
  const write = (): void => writeTables({ buffer } as unknown as WebAssembly.Memory, 64, 46);
  write();
  const expected = new Uint8Array(new Uint8Array(buffer).slice());
  const watch = `
    const { parentPort, workerData: { buffer, expected } } = require('node:worker_threads');
    const words = new BigInt64Array(buffer, 0, buffer.byteLength >> 3);
    const wanted = new BigInt64Array(expected.buffer, 0, words.length);
    const flags = new Int32Array(buffer, 0, 2);
    let seen = 0;
    parentPort.postMessage('ready');
    while (Atomics.load(flags, 0) === 0)
      for (let at = 8; at < words.length; at++) if (words[at] !== wanted[at]) seen++;
    parentPort.postMessage(seen);`;
  const worker = new Worker(watch, { eval: true, workerData: { buffer, expected } });
  const next = (): Promise<unknown> => new Promise((resolve) => worker.once('message', resolve));
  await next();
  for (let turn = 0; turn < 300; turn++) write();
  const seen = next();
  Atomics.store(new Int32Array(buffer, 0, 1), 0, 1);
  expect(await seen).toBe(0);
  await worker.terminate();
});
