import { expect, test } from 'vitest';
import { fileFrame } from '../../src/layout/frame.ts';
import { field, fixedSizeList, int64 } from '../arrow/build.ts';

test('the length of the end follows from the numbers of blocks, and not from what is nullable', () => {
  const block = { offset: 2 ** 40, metadataLength: 512, bodyLength: 2 ** 33 };
  for (const metadata of [[], [['key', 'a value of some length']] as const]) {
    const [plain, nullable] = [false, true].map((isNullable) => ({
      fields: [
        field('id', int64, { nullable: false }),
        { ...fixedSizeList('probs', 10), nullable: isNullable },
      ],
      metadata: [],
    }));
    const frame = fileFrame({ schema: plain!, nullable: nullable!, metadata, options: {} });
    for (const [dictionaries, batches] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [3, 7],
      [2, 1000],
    ] as const) {
      const blocks = (count: number) => Array.from({ length: count }, () => block);
      const end = frame.end(blocks(dictionaries), blocks(batches));
      expect(end.length).toBe(frame.endLength(dictionaries, batches));
      expect(
        fileFrame({ schema: nullable!, nullable: nullable!, metadata, options: {} }).end(
          blocks(dictionaries),
          blocks(batches),
        ).length,
      ).toBe(end.length);
    }
  }
});
