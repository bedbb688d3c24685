/**
 * Arrow's metadata as plain objects: what `decode` returns and `encode` takes.
 * Names and meanings are those of the format's `Schema.fbs` and `Message.fbs`.
 */
export type ArrowType =
  | { id: 'null' | 'binary' | 'largeBinary' | 'binaryView' | 'utf8' | 'largeUtf8' | 'utf8View' | 'bool' }
  | { id: 'list' | 'largeList' | 'listView' | 'largeListView' | 'struct' | 'runEndEncoded' }
  | { id: 'int'; bitWidth: number; signed: boolean }
  | { id: 'float'; bitWidth: 16 | 32 | 64 }
  | { id: 'decimal'; precision: number; scale: number; bitWidth: number }
  | { id: 'date' | 'interval' | 'duration'; unit: number }
  | { id: 'time'; unit: number; bitWidth: number }
  | { id: 'timestamp'; unit: number; timezone: string | null }
  | { id: 'union'; mode: number; typeIds: Int32Array | null }
  | { id: 'fixedSizeBinary'; byteWidth: number }
  | { id: 'fixedSizeList'; listSize: number }
  | { id: 'map'; keysSorted: boolean };

export interface DictionaryEncoding {
  id: bigint;
  indexType: { bitWidth: number; signed: boolean };
  ordered: boolean;
}

/** Bytes where they are not UTF-8: Python's older extension types store pickles. */
export type MetadataText = string | Uint8Array;

/** Kept in order and with repetitions, as the file has them. */
export type Metadata = readonly (readonly [key: MetadataText, value: MetadataText])[];

/** V5 since Arrow 1.0 (2020); V4 since 0.8, where unions still have a validity bitmap. Older ones are refused. */
export type MetadataVersion = 4 | 5;

export interface Field {
  name: string;
  nullable: boolean;
  type: ArrowType;
  children: readonly Field[];
  /** Set when the column holds indices into a dictionary of `type`. */
  dictionary: DictionaryEncoding | null;
  metadata: Metadata;
}

export interface Schema {
  fields: readonly Field[];
  metadata: Metadata;
}

export type BodyCodec = 'lz4' | 'zstd';

/**
 * A record batch's header. Numbers only, flat, in the order of the format's pre-order walk over the fields,
 * so that a hundred thousand of them fit in memory.
 */
export interface BatchHeader {
  rows: number;
  /** length, null count, length, null count, … */
  nodes: Float64Array;
  /** offset in the body, length, offset, length, … in bytes */
  buffers: Float64Array;
  /** Number of data buffers of each binaryView or utf8View field, in order. */
  variadicCounts: Float64Array;
  compression: BodyCodec | null;
}

/** Where a message lies in a file, in bytes. */
export interface Block {
  offset: number;
  /** Prefix, flatbuffer and padding. */
  metadataLength: number;
  bodyLength: number;
}

/** Blocks in order: an array, or what makes them when they are asked for. */
export interface BlockList<T extends Block = Block> {
  readonly length: number;
  /** A negative index counts from the end. */
  at(index: number): T | undefined;
}

/** Many blocks, as columns, so that a million of them fit in memory. */
export interface BlockTable {
  count: number;
  offsets: Float64Array;
  metadataLengths: Float64Array;
  bodyLengths: Float64Array;
}

/** Which entries of a batch header belong to one top-level column. */
export interface ColumnLayout {
  firstNode: number;
  nodeCount: number;
  /** As if all variadic counts were 0: see `columnBuffers`. */
  firstBuffer: number;
  /** Without variadic data buffers: those are counted by each batch. */
  bufferCount: number;
  firstVariadic: number;
  variadicCount: number;
}
