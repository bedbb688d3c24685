import { Date as DateType } from 'apache-arrow/fb/date';
import { Decimal } from 'apache-arrow/fb/decimal';
import { Duration } from 'apache-arrow/fb/duration';
import { Endianness } from 'apache-arrow/fb/endianness';
import type { Field as FieldTable } from 'apache-arrow/fb/field';
import { FixedSizeBinary } from 'apache-arrow/fb/fixed-size-binary';
import { FixedSizeList } from 'apache-arrow/fb/fixed-size-list';
import { FloatingPoint } from 'apache-arrow/fb/floating-point';
import { Int } from 'apache-arrow/fb/int';
import { Interval } from 'apache-arrow/fb/interval';
import { KeyValue } from 'apache-arrow/fb/key-value';
import { Map as MapType } from 'apache-arrow/fb/map';
import type { Schema as SchemaTable } from 'apache-arrow/fb/schema';
import { Time } from 'apache-arrow/fb/time';
import { Timestamp } from 'apache-arrow/fb/timestamp';
import { Type } from 'apache-arrow/fb/type';
import { Union } from 'apache-arrow/fb/union';
import type { CheckedByteBuffer } from './checked-buffer.ts';
import { showName } from './show-name.ts';
import type { ArrowType, DictionaryEncoding, Field, Metadata, Schema } from './types.ts';

/** Deeper than anybody nests, shallower than any reader's stack. */
const MAX_DEPTH = 64;

/** Features of the format that a file may announce: 1 is dictionary replacement, 2 compressed bodies. */
const KNOWN_FEATURES = 2n;

export function decodeSchema(table: SchemaTable, buffer: CheckedByteBuffer): Schema {
  const endianness = table.endianness();
  if (endianness === Endianness.Big)
    throw buffer.unsupported('is big-endian; logitmill reads little-endian Arrow only');
  if (endianness !== Endianness.Little) throw buffer.corrupt(`has the unknown endianness ${endianness}`);
  for (let i = 0; i < table.featuresLength(); i++) {
    buffer.charge(1);
    const feature = table.features(i)!;
    if (feature < 0n || feature > KNOWN_FEATURES)
      throw buffer.unsupported(`needs feature ${feature} of the Arrow format, which logitmill does not know`);
  }
  const fields: Field[] = [];
  for (let i = 0; i < table.fieldsLength(); i++) fields.push(decodeField(table.fields(i)!, buffer, null, 1));
  return { fields, metadata: decodeMetadata(table, buffer) };
}

interface HasMetadata {
  customMetadata(index: number, entry?: KeyValue): KeyValue | null;
  customMetadataLength(): number;
}

export function decodeMetadata(table: HasMetadata, buffer: CheckedByteBuffer): Metadata {
  const count = table.customMetadataLength();
  buffer.charge(count);
  const entry = new KeyValue();
  const text = (field: number) => {
    const offset = buffer.__offset(entry.bb_pos, field);
    return offset === 0 ? '' : buffer.text(entry.bb_pos + offset);
  };
  return Array.from({ length: count }, (_, i) => {
    table.customMetadata(i, entry);
    return [text(4), text(6)] as const;
  });
}

function decodeField(
  table: FieldTable,
  buffer: CheckedByteBuffer,
  parent: string | null,
  depth: number,
): Field {
  const name = table.name() ?? '';
  const path = parent === null ? name : `${parent}.${name}`;
  if (depth > MAX_DEPTH)
    throw buffer.corrupt(`column ${showName(path)} is nested more than ${MAX_DEPTH} deep`);
  buffer.charge(1);
  const childCount = table.childrenLength();
  const type = decodeType(table, buffer, path, childCount);
  const children: Field[] = [];
  for (let i = 0; i < childCount; i++)
    children.push(decodeField(table.children(i)!, buffer, path, depth + 1));
  if (type.id === 'map' && children[0]!.children.length !== 2)
    throw buffer.corrupt(`column ${showName(path)} is a map without keys and values`);
  return {
    name,
    nullable: table.nullable(),
    type,
    children,
    dictionary: decodeDictionary(table, buffer, path),
    metadata: decodeMetadata(table, buffer),
  };
}

function decodeDictionary(
  table: FieldTable,
  buffer: CheckedByteBuffer,
  path: string,
): DictionaryEncoding | null {
  const encoding = table.dictionary();
  if (encoding === null) return null;
  const index = encoding.indexType();
  const bitWidth = index === null ? 32 : index.bitWidth();
  if (![8, 16, 32, 64].includes(bitWidth))
    throw buffer.corrupt(`column ${showName(path)} has dictionary indices of ${bitWidth} bits`);
  if (encoding.dictionaryKind() !== 0)
    throw buffer.unsupported(`column ${showName(path)} has a dictionary of an unknown kind`);
  return {
    id: encoding.id(),
    indexType: { bitWidth, signed: index === null || index.isSigned() },
    ordered: encoding.isOrdered(),
  };
}

const SIMPLE_TYPES = {
  [Type.Null]: 'null',
  [Type.Binary]: 'binary',
  [Type.LargeBinary]: 'largeBinary',
  [Type.BinaryView]: 'binaryView',
  [Type.Utf8]: 'utf8',
  [Type.LargeUtf8]: 'largeUtf8',
  [Type.Utf8View]: 'utf8View',
  [Type.Bool]: 'bool',
  [Type.List]: 'list',
  [Type.LargeList]: 'largeList',
  [Type.ListView]: 'listView',
  [Type.LargeListView]: 'largeListView',
  [Type.Struct_]: 'struct',
  [Type.RunEndEncoded]: 'runEndEncoded',
} as const;

/** How many children a type has; those with any number are not listed, those with none neither. */
const CHILD_COUNTS: Partial<Record<ArrowType['id'], number>> = {
  list: 1,
  largeList: 1,
  listView: 1,
  largeListView: 1,
  fixedSizeList: 1,
  map: 1,
  runEndEncoded: 2,
};

function decodeType(
  table: FieldTable,
  buffer: CheckedByteBuffer,
  path: string,
  childCount: number,
): ArrowType {
  if (table.typeType() === Type.NONE) throw buffer.corrupt(`column ${showName(path)} has no type`);
  const read = <T extends { bb: unknown }>(into: T): T => {
    // Every parameter of a type has a default, but the table itself must be there.
    if (table.type(into) === null) throw buffer.corrupt(`column ${showName(path)} has no type`);
    return into;
  };
  const oneOf = <T extends number>(value: number, allowed: readonly T[], what: string): T => {
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) throw buffer.corrupt(`column ${showName(path)} has ${what} ${value}`);
    return found;
  };
  const type = decodeParameters(table.typeType(), read, oneOf, () =>
    buffer.unsupported(
      `column ${showName(path)} has type ${table.typeType()} of the Arrow format, which logitmill does not know`,
    ),
  );
  if (type.id === 'union') {
    if (type.typeIds !== null && type.typeIds.length !== childCount)
      throw buffer.corrupt(
        `column ${showName(path)} is a union of ${childCount} types with ${type.typeIds.length} type ids`,
      );
  } else if (type.id !== 'struct' && childCount !== (CHILD_COUNTS[type.id] ?? 0)) {
    throw buffer.corrupt(`column ${showName(path)} is a ${type.id} with ${childCount} child fields`);
  }
  if (
    (type.id === 'fixedSizeList' && type.listSize < 0) ||
    (type.id === 'fixedSizeBinary' && type.byteWidth < 0)
  )
    throw buffer.corrupt(`column ${showName(path)} has a negative size`);
  return type;
}

function decodeParameters(
  typeType: Type,
  read: <T extends { bb: unknown }>(into: T) => T,
  oneOf: <T extends number>(value: number, allowed: readonly T[], what: string) => T,
  unknown: () => Error,
): ArrowType {
  switch (typeType) {
    case Type.Int: {
      const int = read(new Int());
      return {
        id: 'int',
        bitWidth: oneOf(int.bitWidth(), [8, 16, 32, 64], 'an integer width of'),
        signed: int.isSigned(),
      };
    }
    case Type.FloatingPoint: {
      const precision = oneOf(read(new FloatingPoint()).precision(), [0, 1, 2], 'the float precision');
      return { id: 'float', bitWidth: ([16, 32, 64] as const)[precision] };
    }
    case Type.Decimal: {
      const decimal = read(new Decimal());
      const bitWidth = oneOf(decimal.bitWidth(), [32, 64, 128, 256], 'a decimal width of');
      return { id: 'decimal', precision: decimal.precision(), scale: decimal.scale(), bitWidth };
    }
    case Type.Date:
      return { id: 'date', unit: oneOf(read(new DateType()).unit(), [0, 1], 'the date unit') };
    case Type.Time: {
      const time = read(new Time());
      const unit = oneOf(time.unit(), [0, 1, 2, 3], 'the time unit');
      return { id: 'time', unit, bitWidth: oneOf(time.bitWidth(), [unit < 2 ? 32 : 64], 'a time width of') };
    }
    case Type.Timestamp: {
      const timestamp = read(new Timestamp());
      const unit = oneOf(timestamp.unit(), [0, 1, 2, 3], 'the timestamp unit');
      return { id: 'timestamp', unit, timezone: timestamp.timezone() };
    }
    case Type.Interval:
      return { id: 'interval', unit: oneOf(read(new Interval()).unit(), [0, 1, 2], 'the interval unit') };
    case Type.Duration:
      return { id: 'duration', unit: oneOf(read(new Duration()).unit(), [0, 1, 2, 3], 'the duration unit') };
    case Type.Union:
      return decodeUnion(read(new Union()), oneOf);
    case Type.FixedSizeBinary:
      return { id: 'fixedSizeBinary', byteWidth: read(new FixedSizeBinary()).byteWidth() };
    case Type.FixedSizeList:
      return { id: 'fixedSizeList', listSize: read(new FixedSizeList()).listSize() };
    case Type.Map:
      return { id: 'map', keysSorted: read(new MapType()).keysSorted() };
    default: {
      const id = typeType in SIMPLE_TYPES ? SIMPLE_TYPES[typeType as keyof typeof SIMPLE_TYPES] : undefined;
      if (id === undefined) throw unknown();
      return { id };
    }
  }
}

function decodeUnion(
  union: Union,
  oneOf: <T extends number>(value: number, allowed: readonly T[], what: string) => T,
): ArrowType {
  const mode = oneOf(union.mode(), [0, 1], 'the union mode');
  const count = union.typeIdsLength();
  // Type ids are int8 in the data, so that a union has at most 128 of them.
  if (count > 128) oneOf(count, [], 'a number of type ids of');
  // Not `typeIdsArray`, which needs an aligned buffer and trusts the length.
  const typeIds = count === 0 ? null : Int32Array.from({ length: count }, (_, i) => union.typeIds(i)!);
  return { id: 'union', mode, typeIds };
}
