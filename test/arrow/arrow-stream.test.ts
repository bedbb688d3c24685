import fs from 'node:fs';
import { Message } from 'apache-arrow/fb/message';
import { Schema as SchemaTable } from 'apache-arrow/fb/schema';
import { Builder } from 'flatbuffers';
import { describe, expect, test } from 'vitest';
import { encodeSchemaMessage } from '../../src/arrow/encode.ts';
import { encodeBatchMessage, encodeDictionaryMessage } from '../../src/arrow/encode-batch.ts';
import { END_OF_STREAM, frameMessage } from '../../src/arrow/framing.ts';
import type { Schema } from '../../src/arrow/types.ts';
import { openArrowStreamFile } from '../../src/input/arrow/stream.ts';
import type { StreamOptions } from '../../src/input/arrow/stream-state.ts';
import { fileReader } from '../../src/io/byte-reader.ts';
import {
  assemble,
  buildFile,
  field,
  LOGITS,
  logitsBatch,
  onDisk,
  openStreamBytes,
  type Piece,
  refusal,
  zeroBatch,
} from './build.ts';
import { withArrow } from './rewrite.ts';

const kind = field(
  'kind',
  { id: 'utf8' },
  { dictionary: { id: 7n, indexType: { bitWidth: 8, signed: true }, ordered: false } },
);
const KINDS: Schema = { fields: [kind], metadata: [] };
const values = zeroBatch(2, [field('kind', { id: 'utf8' })]);
const schemaOf = (schema: Schema) => encodeSchemaMessage(schema, 0);
const batchOf = ({ header, body, version = 5 }: Piece) =>
  Buffer.concat([encodeBatchMessage(header, body.length, { version }), body]);
const dictionaryOf = (id: bigint, isDelta: boolean, { header, body }: Piece) =>
  Buffer.concat([encodeDictionaryMessage({ id, isDelta }, header, body.length), body]);

const good = Buffer.concat([
  schemaOf(LOGITS),
  batchOf(logitsBatch(3)),
  batchOf(logitsBatch(5, 3)),
  END_OF_STREAM,
]);

const refused = (bytes: Uint8Array, options?: StreamOptions) =>
  refusal(() => openStreamBytes(bytes, options));

describe('a stream in a file', () => {
  test('is described like a file', () => {
    const file = openStreamBytes(good);
    expect(file).toMatchObject({ format: 'stream', rows: 8, schema: LOGITS, dictionaries: [], metadata: [] });
    expect(file.batches.header(1)).toMatchObject({ rows: 5, bodyLength: logitsBatch(5).body.length });
    const { bodyOffset, buffers } = file.batches.header(1);
    expect(good.readFloatLE(bodyOffset + buffers[8]!)).toBe(9 / 4);
  });

  test('the stream inside an Arrow file', () => {
    const bytes = buildFile({ batches: [logitsBatch(3), logitsBatch(4, 3)] });
    expect(openStreamBytes(bytes, { start: 8 })).toMatchObject({ rows: 7, schema: LOGITS });
  });

  test.each([
    'all-types',
    'batches',
    'delta',
    'legacy',
    'polars',
  ])('%s.arrows and %s.arrow say the same', (name) => {
    const [stream, file] = [`${name}.arrows`, `${name}.arrow`].map((of) =>
      withArrow(`data/arrow/${of}`, ({ schema, rows, dictionaries, columns }) => ({
        fields: schema.fields.map(({ name: column, type }) => [column, type]),
        rows: name === 'legacy' ? undefined : rows,
        dictionaries: dictionaries.map(({ rows: count, isDelta }) => [count, isDelta]),
        columns,
      })),
    );
    expect(stream).toEqual(file);
  });

  test('dictionaries that are replaced between batches', () => {
    withArrow('data/arrow/replaced.arrows', ({ dictionaries, rows }) => {
      expect(rows).toBe(6);
      expect(dictionaries.map((d) => [d.batchesBefore, d.isDelta, d.isReplacement, d.rows])).toEqual([
        [0, false, false, 2],
        [1, false, true, 3],
        [2, false, true, 1],
      ]);
    });
  });
});

describe('streams that are refused', () => {
  const COPY = /in the middle of it|ends at byte/;

  test('without the end marker, unless it is allowed', () => {
    const cut = good.subarray(0, -8);
    expect(refused(cut)).toBe(
      'INPUT_CORRUPT: stops without the marker that ends a stream: batches may be missing',
    );
    expect(openStreamBytes(cut, { allowMissingEos: true }).rows).toBe(8);
  });

  test('the end marker of the old framing', () => {
    const old = Buffer.concat([good.subarray(0, -8), Buffer.alloc(4)]);
    expect(openStreamBytes(old).rows).toBe(8);
  });

  test.each<[string, Uint8Array, string]>([
    ['no schema', END_OF_STREAM, 'ends before its schema'],
    ['a batch first', good.subarray(schemaOf(LOGITS).length), 'does not begin with a schema'],
    ['two schemas', Buffer.concat([schemaOf(LOGITS), good]), 'has a second schema before record batch 0'],
    [
      'two streams',
      Buffer.concat([good, good]),
      'goes on after the marker that ends a stream; logitmill reads one stream a file',
    ],
    [
      'a message of negative length',
      Buffer.concat([schemaOf(LOGITS), Buffer.from([255, 255, 255, 255, 255, 255, 255, 255])]),
      `message before record batch 0: there is no message at byte ${schemaOf(LOGITS).length}`,
    ],
    [
      'a dictionary too late',
      Buffer.concat([
        schemaOf(KINDS),
        batchOf(zeroBatch(1, [kind])),
        dictionaryOf(7n, false, values),
        END_OF_STREAM,
      ]),
      'record batch 0: column kind needs dictionary 7, which is missing',
    ],
    [
      'an unknown dictionary',
      Buffer.concat([schemaOf(KINDS), dictionaryOf(6n, false, values), END_OF_STREAM]),
      'dictionary 6 before record batch 0: belongs to dictionary 6, which no column has',
    ],
    [
      'a batch of another schema',
      Buffer.concat([schemaOf(LOGITS), batchOf(zeroBatch(1, [kind])), END_OF_STREAM]),
      'record batch 0: has 1 columns and nested columns; the schema needs 3',
    ],
  ])('%s', (_, bytes, why) => {
    expect(refused(bytes)).toBe(`INPUT_CORRUPT: ${why}`);
  });

  test('batches of two versions, where it matters', () => {
    const either = field('either', { id: 'union', mode: 0, typeIds: null });
    const pieces = [assemble(1, [1, 0], [new Int8Array(1)]), assemble(1, [1, 0], [null, new Int8Array(1)])];
    const bytes = (first: Piece, second: Piece) =>
      Buffer.concat([
        schemaOf({ fields: [either], metadata: [] }),
        batchOf(first),
        batchOf(second),
        END_OF_STREAM,
      ]);
    expect(openStreamBytes(bytes(pieces[0]!, pieces[0]!)).version).toBe(5);
    expect(refused(bytes(pieces[0]!, { ...pieces[1]!, version: 4 }))).toMatch(
      /^INPUT_UNSUPPORTED: record batch 1: has version V4 after batches of V5, and the two store/,
    );
  });

  test('a schema with a body', () => {
    const builder = new Builder();
    const schema = SchemaTable.createSchema(builder, 0, SchemaTable.createFieldsVector(builder, []), 0, 0);
    builder.finish(Message.createMessage(builder, 4, 1, schema, 64n, 0));
    const message = frameMessage(builder.asUint8Array(), 64);
    const bytes = Buffer.concat([message, Buffer.alloc(64), END_OF_STREAM]);
    expect(refused(bytes)).toBe('INPUT_CORRUPT: has a schema with a body');
  });

  test('cut in the middle of a message, or of a body', () => {
    for (const length of [schemaOf(LOGITS).length + 3, schemaOf(LOGITS).length + 20, good.length - 3]) {
      const cut = good.subarray(0, length);
      expect(refusal(() => openStreamBytes(cut, { allowMissingEos: true }))).toMatch(COPY);
    }
    const inBody = good.subarray(0, good.length - 40);
    expect(refusal(() => openStreamBytes(inBody))).toMatch(
      /message before record batch 1: ends at byte \d+, the file at/,
    );
  });

  test('a length is not believed before the bytes have come', () => {
    const before = process.memoryUsage().arrayBuffers;
    const promising = Buffer.concat([Buffer.from([255, 255, 255, 255, 0, 0, 0, 2]), Buffer.alloc(100)]);
    expect(refused(promising)).toMatch(/^INPUT_CORRUPT: schema: ends at byte/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20);
  });

  test('metadata longer than any there is, of which not a byte is read', () => {
    const before = process.memoryUsage().arrayBuffers;
    const promising = Buffer.from([255, 255, 255, 255, 8, 0, 0, 2]);
    for (const [start, what] of [
      [Buffer.alloc(0), 'schema'],
      [schemaOf(LOGITS), 'message before record batch 0'],
    ] as const) {
      const found = onDisk(Buffer.concat([start, promising]), (_, file) => {
        fs.truncateSync(file, 64 << 20);
        const fd = fs.openSync(file, 'r');
        try {
          return refusal(() => openArrowStreamFile(fileReader(fd, file, 64 << 20)));
        } finally {
          fs.closeSync(fd);
        }
      });
      expect(found).toBe(`INPUT_UNSUPPORTED: ${what}: has ${(32 << 20) + 8} bytes of metadata`);
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20);
  });

  test('nothing at all', () => {
    expect(refusal(() => openStreamBytes(new Uint8Array(0)))).toMatch(/ends before its schema/);
  });
});
