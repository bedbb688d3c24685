import { Field as FieldTable } from 'apache-arrow/fb/field';
import { Int } from 'apache-arrow/fb/int';
import { KeyValue } from 'apache-arrow/fb/key-value';
import { Message } from 'apache-arrow/fb/message';
import { Schema as SchemaTable } from 'apache-arrow/fb/schema';
import { Struct_ } from 'apache-arrow/fb/struct-';
import { Type } from 'apache-arrow/fb/type';
import { Builder, ByteBuffer, type Offset } from 'flatbuffers';
import { describe, expect, test, vi } from 'vitest';
import { decodeMessage } from '../../src/arrow/decode.ts';
import { encodeSchemaMessage } from '../../src/arrow/encode.ts';
import { encodeBatchMessage, nullCountPosition } from '../../src/arrow/encode-batch.ts';
import { PREFIX_LENGTH } from '../../src/arrow/framing.ts';
import type { Field } from '../../src/arrow/types.ts';
import { field, int64, logitsBatch, refusal } from './build.ts';

interface Lies {
  version?: number;
  endianness?: number;
  features?: bigint[];
  fields?: (builder: Builder) => Offset[];
  metadata?: (builder: Builder) => Offset[];
}

/** A schema message straight from the generated classes, which check nothing. */
function message({
  version = 4,
  endianness = 0,
  features = [],
  fields = () => [],
  metadata = () => [],
}: Lies) {
  const builder = new Builder();
  const fieldVector = SchemaTable.createFieldsVector(builder, fields(builder));
  const metadataVector = SchemaTable.createCustomMetadataVector(builder, metadata(builder));
  const featureVector = SchemaTable.createFeaturesVector(builder, features);
  const schema = SchemaTable.createSchema(builder, endianness, fieldVector, metadataVector, featureVector);
  builder.finish(Message.createMessage(builder, version, 1, schema, 0n, 0));
  return builder.asUint8Array();
}

function tableField(
  builder: Builder,
  name: string,
  typeType: number,
  type: Offset,
  children: Offset[] = [],
): Offset {
  const text = builder.createString(name);
  const vector = FieldTable.createChildrenVector(builder, children);
  FieldTable.startField(builder);
  FieldTable.addName(builder, text);
  FieldTable.addTypeType(builder, typeType);
  FieldTable.addType(builder, type);
  FieldTable.addChildren(builder, vector);
  return FieldTable.endField(builder);
}

const refused = (bytes: Uint8Array) => refusal(() => decodeMessage(bytes, 'schema'));

describe('a schema that no reader should believe', () => {
  test.each<[string, Lies, string]>([
    [
      'big-endian',
      { endianness: 1 },
      'INPUT_UNSUPPORTED: schema: is big-endian; logitmill reads little-endian Arrow only',
    ],
    ['an unknown endianness', { endianness: 7 }, 'INPUT_CORRUPT: schema: has the unknown endianness 7'],
    [
      'version 1',
      { version: 0 },
      'INPUT_UNSUPPORTED: schema: has metadata version V1, of Arrow before 0.8; logitmill reads V4 and V5',
    ],
    [
      'version 3',
      { version: 2 },
      'INPUT_UNSUPPORTED: schema: has metadata version V3, of Arrow before 0.8; logitmill reads V4 and V5',
    ],
    [
      'a version to come',
      { version: 5 },
      'INPUT_UNSUPPORTED: schema: has an unknown metadata version (5); logitmill reads V4 and V5',
    ],
    [
      'a feature to come',
      { features: [1n, 2n, 3n] },
      'INPUT_UNSUPPORTED: schema: needs feature 3 of the Arrow format, which logitmill does not know',
    ],
  ])('%s', (_, lies, error) => {
    expect(refused(message(lies))).toBe(error);
  });

  test('known features are taken', () => {
    expect(decodeMessage(message({ features: [0n, 1n, 2n] }), 'schema').kind).toBe('schema');
  });

  test('a type to come is named with its column', () => {
    const fields = (b: Builder) => {
      const child = tableField(b, 'inner', 27, Int.createInt(b, 8, true));
      return [tableField(b, 'outer', Type.Struct_, Struct_.createStruct_(b), [child])];
    };
    expect(refused(message({ fields }))).toBe(
      'INPUT_UNSUPPORTED: schema: column outer.inner has type 27 of the Arrow format, which logitmill does not know',
    );
  });

  test.each<[string, Field, RegExp]>([
    [
      'integers of 7 bits',
      field('x', { ...int64, bitWidth: 7 } as Field['type']),
      /column x has an integer width of 7/,
    ],
    [
      'decimals of 96 bits',
      field('x', { id: 'decimal', precision: 1, scale: 1, bitWidth: 96 }),
      /a decimal width of 96/,
    ],
    [
      'times of 32 bits in nanoseconds',
      field('x', { id: 'time', unit: 3, bitWidth: 32 }),
      /a time width of 32/,
    ],
    ['an unknown unit', field('x', { id: 'timestamp', unit: 4, timezone: null }), /the timestamp unit 4/],
    ['an unknown union', field('x', { id: 'union', mode: 2, typeIds: null }), /the union mode 2/],
    [
      'type ids without children',
      field('x', { id: 'union', mode: 0, typeIds: Int32Array.of(1) }),
      /a union of 0 types with 1/,
    ],
    ['a list of nothing', field('x', { id: 'list' }), /column x is a list with 0 child fields/],
    [
      'a number with children',
      field('x', int64, { children: [field('y', int64)] }),
      /column x is a int with 1 child/,
    ],
    [
      'a negative list size',
      field('x', { id: 'fixedSizeList', listSize: -1 }, { children: [field('y', int64)] }),
      /a negative size/,
    ],
    [
      'a negative width',
      field('x', { id: 'fixedSizeBinary', byteWidth: -8 }),
      /column x has a negative size/,
    ],
    [
      'a map of numbers',
      field('x', { id: 'map', keysSorted: false }, { children: [field('y', int64)] }),
      /without keys/,
    ],
    ['a list of lists, 65 deep', deep(65), /is nested more than 64 deep/],
    [
      'a deep list under names that fill the screen',
      deep(65, 'n'.repeat(1000)),
      /column n{40}…n{20} is nested/,
    ],
    [
      'a name that rewrites the terminal',
      field('\x1b[2J\n', { id: 'list' }),
      /column "\\u\{1b\}\[2J\\u\{a\}" is a list/,
    ],
    ['a name that cannot be seen', field('', { id: 'list' }), /column "" is a list/],
  ])('%s', (_, lie, error) => {
    const bytes = encodeSchemaMessage({ fields: [lie], metadata: [] }, 0).subarray(PREFIX_LENGTH);
    expect(refused(bytes)).toMatch(error);
    expect(refused(bytes)).toMatch(/^INPUT_CORRUPT: schema: /);
  });

  test('64 levels are taken', () => {
    const bytes = encodeSchemaMessage({ fields: [deep(64)], metadata: [] }, 0).subarray(PREFIX_LENGTH);
    expect(decodeMessage(bytes, 'schema')).toMatchObject({ schema: { fields: [deep(64)] } });
  });
});

/** Lists in lists: `levels` fields, one in the other. */
function deep(levels: number, name = 'x'): Field {
  let at = field(name, int64);
  for (let i = 1; i < levels; i++) at = field(name, { id: 'list' }, { children: [at] });
  return at;
}

describe('a small schema that pretends to be large', () => {
  test('two children that are one table, forty times over', () => {
    const fields = (b: Builder) => {
      let at = tableField(b, 'x', Type.Int, Int.createInt(b, 8, true));
      for (let i = 0; i < 40; i++) at = tableField(b, 'x', Type.Struct_, Struct_.createStruct_(b), [at, at]);
      return [at];
    };
    const bytes = message({ fields });
    expect(bytes.length).toBeLessThan(4000);
    expect(refused(bytes)).toMatch(
      /^INPUT_CORRUPT: schema: repeats its fields or metadata: \d+ bytes cannot hold/,
    );
  });

  test('one long name, many times over', () => {
    const fields = (b: Builder) => {
      const at = tableField(b, 'x'.repeat(1 << 20), Type.Int, Int.createInt(b, 8, true));
      return Array.from({ length: 100 }, () => at);
    };
    expect(refused(message({ fields }))).toBe(
      'INPUT_UNSUPPORTED: schema: has more than 32 MiB of names and metadata',
    );
  });

  test('one metadata entry, many times over', () => {
    const metadata = (b: Builder) => {
      const entry = KeyValue.createKeyValue(b, b.createString('k'), b.createString('v'));
      return Array.from({ length: 300_000 }, () => entry);
    };
    expect(refused(message({ metadata }))).toMatch(/^INPUT_CORRUPT: schema: repeats its fields or metadata/);
  });

  test('one metadata entry, many times over, beside a text that makes room for it', () => {
    const metadata = (b: Builder) => {
      const entry = KeyValue.createKeyValue(b, b.createString('k'), b.createString('v'.repeat(4 << 20)));
      const small = KeyValue.createKeyValue(b, b.createString('k'), b.createString('v'));
      return [entry, ...Array.from({ length: 200_000 }, () => small)];
    };
    expect(refused(message({ metadata }))).toBe(
      'INPUT_UNSUPPORTED: schema: has more than 131072 fields and metadata entries',
    );
  });

  test('a schema with 1 MB of metadata is no such thing', () => {
    const metadata = [['pandas', 'x'.repeat(1 << 20)]] as const;
    const bytes = encodeSchemaMessage({ fields: [], metadata }, 0).subarray(PREFIX_LENGTH);
    expect(decodeMessage(bytes, 'schema')).toMatchObject({ schema: { metadata } });
  });

  test('a table that is its own child', () => {
    const fields = (b: Builder) => {
      const child = tableField(b, 'child', Type.Struct_, Struct_.createStruct_(b));
      return [tableField(b, 'parent', Type.Struct_, Struct_.createStruct_(b), [child])];
    };
    const bytes = message({ fields });
    const buffer = new ByteBuffer(bytes);
    const schema = Message.getRootAsMessage(buffer).header(new SchemaTable()) as SchemaTable;
    const parent = schema.fields(0)!;
    const element = buffer.__vector(parent.bb_pos + buffer.__offset(parent.bb_pos, 14));
    new DataView(bytes.buffer, bytes.byteOffset).setInt32(element, parent.bb_pos - element, true);
    expect(refused(bytes)).toBe('INPUT_CORRUPT: schema: its metadata is malformed');
  });
});

test('a vector is not allocated before its elements are known to be there', () => {
  const { header } = logitsBatch(1);
  const bytes = encodeBatchMessage(header, 128).slice(PREFIX_LENGTH);
  const nodes = nullCountPosition(encodeBatchMessage(header, 128), 0) - 8 - PREFIX_LENGTH;
  new DataView(bytes.buffer).setInt32(nodes - 4, bytes.length, true);
  const Original = Float64Array;
  const lengths: number[] = [];
  const construct = (target: typeof Float64Array, args: [number]) => {
    lengths.push(args[0]);
    return new target(...args);
  };
  vi.stubGlobal('Float64Array', new Proxy(Original, { construct }));
  try {
    expect(refused(bytes)).toMatch(/^INPUT_CORRUPT: schema: its metadata points outside itself/);
    decodeMessage(encodeBatchMessage(header, 128).subarray(PREFIX_LENGTH), 'batch');
  } finally {
    vi.unstubAllGlobals();
  }
  expect(lengths).toEqual([6, 10]);
});

describe('bytes that are no flatbuffer', () => {
  test.each<[string, number[]]>([
    ['none', []],
    ['a few', [1, 2, 3]],
    ['zeros', new Array(64).fill(0)],
    ['ones', new Array(64).fill(255)],
    ['a root past the end', [100, 0, 0, 0, 0, 0, 0, 0]],
    ['a vtable before the start', [4, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f]],
  ])('%s', (_, bytes) => {
    expect(refused(Uint8Array.from(bytes))).toMatch(/^INPUT_CORRUPT: schema: its metadata/);
  });

  test('every prefix of an honest schema is refused', () => {
    const whole = encodeSchemaMessage({ fields: [deep(4), field('y', int64)], metadata: [['k', 'v']] }, 0);
    const flatbuffer = whole.subarray(PREFIX_LENGTH);
    let refusals = 0;
    for (let length = 0; length < flatbuffer.length; length++) {
      try {
        decodeMessage(flatbuffer.subarray(0, length), 'schema');
      } catch {
        expect(refused(flatbuffer.subarray(0, length))).toMatch(/^INPUT_CORRUPT: schema: /);
        refusals++;
      }
    }
    // What can be missing is the padding at the end.
    expect(refusals).toBeGreaterThan(flatbuffer.length - 64);
  });
});
