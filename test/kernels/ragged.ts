import { expect } from 'vitest';
import { OP_CODES, type SoftmaxKernels } from '../../src/kernels/softmax.ts';
import { type KernelMemory, random } from './harness.ts';
import { type Elements, runAll } from './rows.ts';

/** Ragged rows come out as rows of their number of classes do; both kinds of offsets, any first offset. */
export function expectRagged(memory: KernelMemory, kernels: SoftmaxKernels, elements: Elements): void {
  const next = random(11);
  const { size } = elements;
  const lengths = [3, 3, 3, 0, 1, 1, 70, 70, 2, 0, 0, 64, 5, 5, 200, 1];
  const rows = lengths.map((length, i) =>
    Array.from({ length }, () => (i === 1 ? Number.NaN : (next() - 0.5) * 40)),
  );
  const expected = rows.map((row) => runAll(memory, kernels, elements, 'rows', [row]));
  for (const [offsetBytes, first] of [
    [4, 0],
    [4, 1000],
    [8, 2 ** 33],
  ] as const) {
    memory.release();
    const offsets = memory.take((rows.length + 1) * offsetBytes);
    const all = rows.flat();
    const [source, target, inPlace, both, logBoth] = [0, 1, 2, 3, 4].map(() =>
      memory.take(all.length * size),
    ) as [number, number, number, number, number];
    const [sums, logSums, bothSums, again] = [0, 1, 2, 3].map(() => memory.take(rows.length * 8)) as [
      number,
      number,
      number,
      number,
    ];
    let offset = first;
    [...lengths, 0].forEach((length, i) => {
      if (offsetBytes === 4) memory.view.setInt32(offsets + i * 4, offset, true);
      else memory.view.setBigInt64(offsets + i * 8, BigInt(offset), true);
      offset += length;
    });
    for (const base of [source, inPlace, both])
      all.forEach((value, i) => {
        elements.set(memory, base + i * size, value);
      });
    const compute = (
      op: keyof typeof OP_CODES,
      from: number,
      logs: number,
      to: number,
      end: number,
    ): number => kernels.compute_ragged(OP_CODES[op], from, to, logs, offsets, offsetBytes, rows.length, end);
    compute('softmax', source, 0, target, sums);
    compute('log_softmax', inPlace, 0, inPlace, logSums);
    const difference = compute('both', both, logBoth, both, bothSums);
    const read = (base: number) => all.map((_, i) => elements.get(memory, base + i * size));
    const probabilities = expected.flatMap((result) => result.probabilities[0]);
    const logarithms = expected.flatMap((result) => result.logarithms[0]);
    expect(read(target)).toEqual(probabilities);
    expect(read(both)).toEqual(probabilities);
    expect(read(inPlace)).toEqual(logarithms);
    expect(read(logBoth)).toEqual(logarithms);
    const sumBits = expected.map((result) => result.sumBits[0]);
    expect([...memory.words(sums, rows.length)]).toEqual(sumBits);
    expect([...memory.words(bothSums, rows.length)]).toEqual(sumBits);
    expect([...memory.doubles(logSums, rows.length)]).toEqual(expected.map((result) => result.logSums[0]));
    expect(difference).toBe(Math.max(...expected.map((result) => result.difference)));
    kernels.sum_ragged(0, target, offsets, offsetBytes, rows.length, again);
    expect([...memory.doubles(again, rows.length)]).toEqual([...memory.doubles(sums, rows.length)]);
    kernels.sum_ragged(1, inPlace, offsets, offsetBytes, rows.length, again);
    expect([...memory.doubles(again, rows.length)]).toEqual([...memory.doubles(logSums, rows.length)]);
  }
}
