import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeFooter, decodeMessage } from '../../src/arrow/decode.ts';
import { encodeFileEnd, encodeFileStart, encodeFooter, encodeSchemaMessage } from '../../src/arrow/encode.ts';
import {
  bufferPosition,
  encodeBatchMessage,
  encodeDictionaryMessage,
  nullCountPosition,
} from '../../src/arrow/encode-batch.ts';
import { PREFIX_LENGTH, readPrefix } from '../../src/arrow/framing.ts';
import type { BatchHeader } from '../../src/arrow/types.ts';
import { LOGITS } from './build.ts';

const count = fc.oneof(fc.nat(100), fc.maxSafeNat());
const header = fc.record<BatchHeader>({
  rows: count,
  nodes: fc.array(fc.tuple(count, count), { maxLength: 5 }).map((pairs) => Float64Array.from(pairs.flat())),
  buffers: fc.array(fc.tuple(count, count), { maxLength: 9 }).map((pairs) => Float64Array.from(pairs.flat())),
  variadicCounts: fc.array(count, { maxLength: 3 }).map((counts) => Float64Array.from(counts)),
  compression: fc.constantFrom(null, 'lz4' as const, 'zstd' as const),
});
const version = fc.constantFrom(4 as const, 5 as const);

/** Takes a message out of its frame. */
function open(message: Uint8Array) {
  const { prefixLength, length } = readPrefix(message)!;
  expect(prefixLength + length).toBe(message.length);
  return decodeMessage(message.subarray(prefixLength), 'test');
}

describe('batch messages', () => {
  test('what is encoded is decoded, at every size of number', () => {
    fc.assert(
      fc.property(header, count, version, fc.constantFrom(8, 64), (h, bodyLength, v, alignment) => {
        const message = encodeBatchMessage(h, bodyLength, { version: v, alignment });
        expect(message.length % alignment).toBe(0);
        expect(open(message)).toEqual({ kind: 'batch', header: h, bodyLength, version: v, metadata: [] });
      }),
    );
  });

  test('dictionaries and custom metadata', () => {
    fc.assert(
      fc.property(
        header,
        count,
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.boolean(),
        (h, bodyLength, id, isDelta) => {
          const metadata = [
            ['k', 'v'],
            ['k', Uint8Array.of(255)],
          ] as const;
          const message = encodeDictionaryMessage({ id, isDelta }, h, bodyLength, { metadata });
          expect(message.length % 64).toBe(0);
          expect(open(message)).toEqual({
            kind: 'dictionary',
            id,
            isDelta,
            header: h,
            bodyLength,
            version: 5,
            metadata,
          });
        },
      ),
    );
  });

  test('its length does not depend on the numbers', () => {
    fc.assert(
      fc.property(header, (h) => {
        const zeros = { ...h, rows: 0, nodes: h.nodes.map(() => 0), buffers: h.buffers.map(() => 0) };
        expect(encodeBatchMessage(zeros, 0).length).toBe(encodeBatchMessage(h, 1e15).length);
      }),
    );
  });

  test('null counts and buffers can be written afterwards', () => {
    const h: BatchHeader = {
      rows: 5,
      nodes: Float64Array.of(5, 0, 5, 0, 15, 0),
      buffers: Float64Array.of(0, 0, 0, 40, 64, 0, 64, 0, 64, 60),
      variadicCounts: Float64Array.of(2),
      compression: 'zstd',
    };
    const message = encodeBatchMessage(h, 128);
    const view = new DataView(message.buffer);
    view.setBigInt64(nullCountPosition(message, 1), 3n, true);
    view.setBigInt64(bufferPosition(message, 4), 72n, true);
    view.setBigInt64(bufferPosition(message, 4) + 8, 9n, true);
    const { header: changed } = open(message) as { header: BatchHeader };
    expect([...changed.nodes]).toEqual([5, 0, 5, 3, 15, 0]);
    expect([...changed.buffers]).toEqual([0, 0, 0, 40, 64, 0, 64, 0, 72, 9]);
    expect(open(encodeBatchMessage(h, 128))).toMatchObject({ header: h });
  });
});

describe('files', () => {
  test('start and messages end on multiples of 64 bytes of the file', () => {
    const names = Array.from({ length: 70 }, (_, i) => 'x'.repeat(i));
    for (const name of names) {
      const schema = { ...LOGITS, metadata: [[name, name]] as const };
      expect(encodeFileStart(schema).length % 64).toBe(0);
      expect(encodeSchemaMessage(schema, 0).length % 64).toBe(0);
      expect(open(encodeSchemaMessage(schema, 0))).toMatchObject({ kind: 'schema', schema });
    }
    expect(Buffer.from(encodeFileStart(LOGITS).subarray(0, 8)).toString()).toBe('ARROW1\0\0');
    expect(open(encodeFileStart(LOGITS).subarray(8))).toMatchObject({ kind: 'schema', schema: LOGITS });
  });

  test('footers keep blocks beyond 4 GiB, order and custom metadata', () => {
    const block = fc.record({ offset: count, metadataLength: fc.nat(2 ** 31 - 1), bodyLength: count });
    fc.assert(
      fc.property(fc.array(block), fc.array(block), version, (dictionaries, batches, v) => {
        const metadata = [
          ['a', '1'],
          ['a', ''],
          ['', 'é'],
        ] as const;
        const footer = decodeFooter(encodeFooter(LOGITS, dictionaries, batches, metadata, { version: v }));
        expect(footer).toMatchObject({ version: v, schema: LOGITS, metadata });
        for (const [of, from] of [
          [footer.dictionaries, dictionaries],
          [footer.batches, batches],
        ] as const) {
          expect(of.count).toBe(from.length);
          expect([...of.offsets]).toEqual(from.map(({ offset }) => offset));
          expect([...of.metadataLengths]).toEqual(from.map(({ metadataLength }) => metadataLength));
          expect([...of.bodyLengths]).toEqual(from.map(({ bodyLength }) => bodyLength));
        }
      }),
    );
  });

  test('the length of the end is known before the blocks are', () => {
    const blocks = (value: number) =>
      Array.from({ length: 9 }, () => ({ offset: value, metadataLength: 64, bodyLength: value }));
    const end = encodeFileEnd(LOGITS, [], blocks(0), []);
    expect(end.length).toBe(encodeFileEnd(LOGITS, [], blocks(2 ** 50), []).length);
    expect([...end.subarray(0, PREFIX_LENGTH)]).toEqual([255, 255, 255, 255, 0, 0, 0, 0]);
    expect(Buffer.from(end.subarray(-6)).toString()).toBe('ARROW1');
  });
});
