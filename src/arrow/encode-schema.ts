import { Binary } from 'apache-arrow/fb/binary';
import { BinaryView } from 'apache-arrow/fb/binary-view';
import { Bool } from 'apache-arrow/fb/bool';
import { Date as DateType } from 'apache-arrow/fb/date';
import { Decimal } from 'apache-arrow/fb/decimal';
import { DictionaryEncoding as DictionaryTable } from 'apache-arrow/fb/dictionary-encoding';
import { Duration } from 'apache-arrow/fb/duration';
import { Field as FieldTable } from 'apache-arrow/fb/field';
import { FixedSizeBinary } from 'apache-arrow/fb/fixed-size-binary';
import { FixedSizeList } from 'apache-arrow/fb/fixed-size-list';
import { FloatingPoint } from 'apache-arrow/fb/floating-point';
import { Int } from 'apache-arrow/fb/int';
import { Interval } from 'apache-arrow/fb/interval';
import { KeyValue } from 'apache-arrow/fb/key-value';
import { LargeBinary } from 'apache-arrow/fb/large-binary';
import { LargeList } from 'apache-arrow/fb/large-list';
import { LargeListView } from 'apache-arrow/fb/large-list-view';
import { LargeUtf8 } from 'apache-arrow/fb/large-utf8';
import { List } from 'apache-arrow/fb/list';
import { ListView } from 'apache-arrow/fb/list-view';
import { Map as MapType } from 'apache-arrow/fb/map';
import { Null } from 'apache-arrow/fb/null';
import { RunEndEncoded } from 'apache-arrow/fb/run-end-encoded';
import { Schema as SchemaTable } from 'apache-arrow/fb/schema';
import { Struct_ } from 'apache-arrow/fb/struct-';
import { Time } from 'apache-arrow/fb/time';
import { Timestamp } from 'apache-arrow/fb/timestamp';
import { Type } from 'apache-arrow/fb/type';
import { Union } from 'apache-arrow/fb/union';
import { Utf8 } from 'apache-arrow/fb/utf8';
import { Utf8View } from 'apache-arrow/fb/utf8-view';
import { Builder, type Offset } from 'flatbuffers';
import type { ArrowType, DictionaryEncoding, Field, Metadata, Schema } from './types.ts';

/** What many fields have in common stands in the result once: a thousand columns are mostly of one type. */
interface Shared {
  types: Map<string, EncodedType>;
  noChildren: Offset;
}

/** A schema's flatbuffer, from whose end `table` counts: a file's schema stands in it twice. */
export interface EncodedSchema {
  bytes: Uint8Array;
  table: Offset;
}

/** The largest number in a schema takes so many bytes; a multiple of it keeps all numbers where they may stand. */
const ALIGNED_TO = 8;

export function encodedSchema(schema: Schema): EncodedSchema {
  const builder = new Builder(1024);
  const table = encodeSchema(builder, schema);
  builder.prep(ALIGNED_TO, 0);
  const bytes = builder.dataBuffer().bytes();
  return { bytes: bytes.slice(bytes.length - builder.offset()), table };
}

/** A new builder that begins with a schema, and has room for so many bytes more. */
export function builderWithSchema(
  schema: Schema | EncodedSchema,
  room: number,
): { builder: Builder; table: Offset } {
  const { bytes, table } = 'table' in schema ? schema : encodedSchema(schema);
  const builder = new Builder(bytes.length + room);
  // Offsets count from a buffer's end, where a builder begins: what is copied there stays true.
  builder.createByteVector(bytes);
  builder.prep(ALIGNED_TO, 0);
  return { builder, table };
}

function encodeSchema(builder: Builder, schema: Schema): Offset {
  const shared: Shared = { types: new Map(), noChildren: FieldTable.createChildrenVector(builder, []) };
  const fields = SchemaTable.createFieldsVector(
    builder,
    schema.fields.map((field) => encodeField(builder, field, shared)),
  );
  const metadata = encodeMetadata(builder, schema.metadata);
  SchemaTable.startSchema(builder);
  SchemaTable.addFields(builder, fields);
  SchemaTable.addCustomMetadata(builder, metadata);
  return SchemaTable.endSchema(builder);
}

/** An offset of 0 leaves a table's field out. */
export function encodeMetadata(builder: Builder, metadata: Metadata): Offset {
  if (metadata.length === 0) return 0;
  const entries = metadata.map(([key, value]) =>
    KeyValue.createKeyValue(builder, builder.createString(key), builder.createString(value)),
  );
  return SchemaTable.createCustomMetadataVector(builder, entries);
}

function encodeField(builder: Builder, field: Field, shared: Shared): Offset {
  const name = builder.createString(field.name);
  const { typeType, type } = sharedType(builder, field.type, shared);
  const dictionary = field.dictionary === null ? 0 : encodeDictionary(builder, field.dictionary);
  // Some readers refuse a field whose vector of children is absent rather than empty.
  const children =
    field.children.length === 0
      ? shared.noChildren
      : FieldTable.createChildrenVector(
          builder,
          field.children.map((child) => encodeField(builder, child, shared)),
        );
  const metadata = encodeMetadata(builder, field.metadata);
  FieldTable.startField(builder);
  FieldTable.addName(builder, name);
  FieldTable.addNullable(builder, field.nullable);
  FieldTable.addTypeType(builder, typeType);
  FieldTable.addType(builder, type);
  FieldTable.addDictionary(builder, dictionary);
  FieldTable.addChildren(builder, children);
  FieldTable.addCustomMetadata(builder, metadata);
  return FieldTable.endField(builder);
}

function encodeDictionary(builder: Builder, { id, indexType, ordered }: DictionaryEncoding): Offset {
  const index = Int.createInt(builder, indexType.bitWidth, indexType.signed);
  DictionaryTable.startDictionaryEncoding(builder);
  DictionaryTable.addId(builder, id);
  DictionaryTable.addIndexType(builder, index);
  DictionaryTable.addIsOrdered(builder, ordered);
  return DictionaryTable.endDictionaryEncoding(builder);
}

interface EncodedType {
  typeType: Type;
  type: Offset;
}

function sharedType(builder: Builder, type: ArrowType, { types }: Shared): EncodedType {
  const key = JSON.stringify(type);
  const known = types.get(key);
  if (known) return known;
  const encoded = encodeType(builder, type);
  types.set(key, encoded);
  return encoded;
}

function encodeType(builder: Builder, type: ArrowType): EncodedType {
  switch (type.id) {
    case 'null':
      return { typeType: Type.Null, type: Null.createNull(builder) };
    case 'int':
      return { typeType: Type.Int, type: Int.createInt(builder, type.bitWidth, type.signed) };
    case 'float': {
      const precision = { 16: 0, 32: 1, 64: 2 }[type.bitWidth];
      return { typeType: Type.FloatingPoint, type: FloatingPoint.createFloatingPoint(builder, precision) };
    }
    case 'binary':
      return { typeType: Type.Binary, type: Binary.createBinary(builder) };
    case 'largeBinary':
      return { typeType: Type.LargeBinary, type: LargeBinary.createLargeBinary(builder) };
    case 'binaryView':
      return { typeType: Type.BinaryView, type: BinaryView.createBinaryView(builder) };
    case 'utf8':
      return { typeType: Type.Utf8, type: Utf8.createUtf8(builder) };
    case 'largeUtf8':
      return { typeType: Type.LargeUtf8, type: LargeUtf8.createLargeUtf8(builder) };
    case 'utf8View':
      return { typeType: Type.Utf8View, type: Utf8View.createUtf8View(builder) };
    case 'bool':
      return { typeType: Type.Bool, type: Bool.createBool(builder) };
    case 'decimal': {
      const { precision, scale, bitWidth } = type;
      return { typeType: Type.Decimal, type: Decimal.createDecimal(builder, precision, scale, bitWidth) };
    }
    case 'date':
      return { typeType: Type.Date, type: DateType.createDate(builder, type.unit) };
    case 'time':
      return { typeType: Type.Time, type: Time.createTime(builder, type.unit, type.bitWidth) };
    case 'timestamp': {
      const timezone = type.timezone === null ? 0 : builder.createString(type.timezone);
      return { typeType: Type.Timestamp, type: Timestamp.createTimestamp(builder, type.unit, timezone) };
    }
    case 'interval':
      return { typeType: Type.Interval, type: Interval.createInterval(builder, type.unit) };
    case 'duration':
      return { typeType: Type.Duration, type: Duration.createDuration(builder, type.unit) };
    case 'list':
      return { typeType: Type.List, type: List.createList(builder) };
    case 'largeList':
      return { typeType: Type.LargeList, type: LargeList.createLargeList(builder) };
    case 'listView':
      return { typeType: Type.ListView, type: ListView.createListView(builder) };
    case 'largeListView':
      return { typeType: Type.LargeListView, type: LargeListView.createLargeListView(builder) };
    case 'struct':
      return { typeType: Type.Struct_, type: Struct_.createStruct_(builder) };
    case 'runEndEncoded':
      return { typeType: Type.RunEndEncoded, type: RunEndEncoded.createRunEndEncoded(builder) };
    case 'union': {
      const typeIds = type.typeIds === null ? 0 : Union.createTypeIdsVector(builder, type.typeIds);
      return { typeType: Type.Union, type: Union.createUnion(builder, type.mode, typeIds) };
    }
    case 'fixedSizeBinary': {
      const binary = FixedSizeBinary.createFixedSizeBinary(builder, type.byteWidth);
      return { typeType: Type.FixedSizeBinary, type: binary };
    }
    case 'fixedSizeList': {
      const list = FixedSizeList.createFixedSizeList(builder, type.listSize);
      return { typeType: Type.FixedSizeList, type: list };
    }
    case 'map':
      return { typeType: Type.Map, type: MapType.createMap(builder, type.keysSorted) };
  }
}
