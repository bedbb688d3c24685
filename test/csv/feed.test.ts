import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byteSource } from '../../src/input/bytes/byte-source.ts';
import { CsvFeed } from '../../src/pool/csv-feed.ts';
import { CsvChain, makeChain } from '../../src/sync/chunk-chain.ts';
import { Ring } from '../../src/sync/text-ring.ts';
import type { CsvTask } from '../../src/tasks/csv.ts';

const QUOTE = 34;

/** Where rows begin, character by character. */
function rowStarts(text: string, dataOffset: number): number[] {
  const starts = [dataOffset];
  let inside = false;
  for (let at = dataOffset; at < text.length; at++) {
    if (text[at] === '"') inside = !inside;
    else if (text[at] === '\n' && !inside) starts.push(at + 1);
  }
  return starts;
}

/** Feeds the text in pieces, `underWay` tasks at a time; what each task finds in the ring is handed to `look`. */
async function feed(
  text: Buffer,
  options: { dataOffset: number; chunkBytes: number; ringBytes: number; cuts: number[]; underWay: number },
  look: (task: CsvTask, ring: Ring) => void,
): Promise<void> {
  const { dataOffset, chunkBytes, cuts, underWay } = options;
  const ends = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
  const pieces = [...ends, text.length].map((end, index) =>
    text.subarray(index === 0 ? 0 : ends[index - 1], end),
  );
  const source = byteSource({
    async *[Symbol.asyncIterator]() {
      yield* pieces;
    },
    taken: 0,
    close() {},
  });
  const ring = new SharedArrayBuffer(options.ringBytes);
  const stream = new CsvFeed(source, {
    ...{ ring, dataOffset, chunkBytes, quote: QUOTE },
    chain: new CsvChain(makeChain(16)),
    doneBefore: () => undefined,
    makeTask: (id, window) => ({ id, window }) as unknown as CsvTask,
  });
  const waiting: CsvTask[] = [];
  const finish = (task: CsvTask): void => {
    // A worker looks at the text at any time until it has finished.
    look(task, new Ring(ring));
    stream.finished(task.id);
  };
  const tasks = stream[Symbol.asyncIterator]();
  for (;;) {
    const next = tasks.next();
    let isThere = false;
    void next.then(() => {
      isThere = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    // It waits for room: then, and only then, another task has to end.
    while (!isThere) {
      const first = waiting.shift();
      if (first) finish(first);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { done, value } = await next;
    if (done) break;
    waiting.push(value as CsvTask);
    if (waiting.length >= underWay) finish(waiting.shift() as CsvTask);
  }
  for (const task of waiting) finish(task);
}

const field = fc.oneof(fc.constantFrom('1.5', '', 'abc', '""', '"a\nb"', '"x,y"', '"\n"', '"a""\n""b"'));
const documents = fc
  .tuple(fc.array(fc.array(field, { minLength: 1, maxLength: 3 }), { maxLength: 30 }), fc.boolean())
  .map(([rows, newline]) => `h,i\n${rows.map((row) => row.join(',')).join('\n')}${newline ? '\n' : ''}`);

describe('text that comes in order', () => {
  test('every chunk has its rows whole in the ring, however the text comes', async () => {
    await fc.assert(
      fc.asyncProperty(
        documents,
        fc.record({
          chunkBytes: fc.integer({ min: 4, max: 40 }),
          more: fc.integer({ min: 40, max: 90 }),
          cuts: fc.array(fc.nat(), { maxLength: 20 }),
          underWay: fc.integer({ min: 1, max: 4 }),
        }),
        async (document, { chunkBytes, more, cuts, underWay }) => {
          const text = Buffer.from(document);
          const dataOffset = 4;
          const starts = rowStarts(document, dataOffset).filter(
            (start) => start < text.length || start === dataOffset,
          );
          let chunks = 0;
          const options = { dataOffset, chunkBytes, ringBytes: chunkBytes + more, cuts, underWay };
          await feed(text, options, ({ id, window }, ring) => {
            chunks++;
            const from = dataOffset + id * chunkBytes;
            const to = Math.min(from + chunkBytes, text.length);
            const last = starts.filter((start) => start >= from && start < to).at(-1);
            const limit = last === undefined ? to : (starts.find((start) => start > last) ?? text.length);
            expect(window).toMatchObject({ to, limit: Math.max(limit, to) });
            if (window?.atEnd) expect(window.limit).toBe(text.length);
            if (limit === text.length && text.at(-1) !== 10) expect(window?.atEnd).toBe(true);
            const found = Buffer.alloc(Math.max(limit, to) - from + 1);
            ring.read(found, from - 1);
            expect(found.toString()).toBe(document.slice(from - 1, Math.max(limit, to)));
          });
          expect(chunks).toBe(Math.ceil((text.length - dataOffset) / chunkBytes));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a row that does not fit is handed on as far as it goes', async () => {
    const text = Buffer.from(`a,b\n1,2\n${'9'.repeat(200)},1\n`);
    const limits: unknown[] = [];
    const options = { dataOffset: 4, chunkBytes: 16, ringBytes: 64, cuts: [], underWay: 1 };
    await feed(text, options, ({ window }) => limits.push([window?.limit, window?.atEnd])).catch(() => {});
    expect(limits[0]).toEqual([3 + 64, false]);
  });
});
