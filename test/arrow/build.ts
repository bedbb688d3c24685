import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { encodeFileEnd, encodeFileStart } from '../../src/arrow/encode.ts';
import { encodeBatchMessage, encodeDictionaryMessage } from '../../src/arrow/encode-batch.ts';
import { bufferRoles, storedChildren } from '../../src/arrow/layout.ts';
import type {
  ArrowType,
  BatchHeader,
  Block,
  Field,
  Metadata,
  MetadataVersion,
  Schema,
} from '../../src/arrow/types.ts';
import { LogitmillError } from '../../src/errors.ts';
import { openArrowFile } from '../../src/input/arrow/file.ts';
import { openArrowStreamFile, type StreamFileOptions } from '../../src/input/arrow/stream.ts';
import type { Table } from '../../src/input/arrow/table.ts';
import { fileReader } from '../../src/io/byte-reader.ts';

export function field(name: string, type: ArrowType, more: Partial<Field> = {}): Field {
  return { name, nullable: true, type, children: [], dictionary: null, metadata: [], ...more };
}

export const int64: ArrowType = { id: 'int', bitWidth: 64, signed: true };
export const float32: ArrowType = { id: 'float', bitWidth: 32 };

export function fixedSizeList(name: string, size: number): Field {
  return field(name, { id: 'fixedSizeList', listSize: size }, { children: [field('item', float32)] });
}

/** id: int64, logits: 3 x float32. */
export const LOGITS: Schema = { fields: [field('id', int64), fixedSizeList('logits', 3)], metadata: [] };

export interface Piece {
  header: BatchHeader;
  body: Uint8Array;
  version?: MetadataVersion;
}

/** `rows` rows of LOGITS: ids from `first`, logits in quarters. */
export function logitsBatch(rows: number, first = 0): Piece {
  const ids = BigInt64Array.from({ length: rows }, (_, i) => BigInt(first + i));
  const logits = Float32Array.from({ length: 3 * rows }, (_, i) => (3 * first + i) / 4);
  return assemble(rows, [rows, 0, rows, 0, 3 * rows, 0], [null, ids, null, null, logits]);
}

/** Lays buffers out one after the other, aligned to 64 bytes. */
export function assemble(
  rows: number,
  nodes: readonly number[],
  buffers: readonly (ArrayBufferView | null)[],
): Piece {
  const regions: number[] = [];
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const buffer of buffers) {
    const bytes = new Uint8Array(buffer?.buffer ?? new ArrayBuffer(0));
    regions.push(offset, bytes.length);
    const padded = new Uint8Array(Math.ceil(bytes.length / 64) * 64);
    padded.set(bytes);
    parts.push(padded);
    offset += padded.length;
  }
  const header: BatchHeader = {
    rows,
    nodes: Float64Array.from(nodes),
    buffers: Float64Array.from(regions),
    variadicCounts: new Float64Array(0),
    compression: null,
  };
  return { header, body: Buffer.concat(parts) };
}

/** Rows of any fields, all zeros, as large as they must be: for tests of metadata. */
export function zeroBatch(rows: number, fields: readonly Field[]): Piece {
  const nodes: number[] = [];
  const buffers: Uint8Array[] = [];
  const walk = (at: Field, length: number): void => {
    nodes.push(length, 0);
    for (const _ of bufferRoles(at)) buffers.push(new Uint8Array(16 * (length + 1)));
    const perParent = at.type.id === 'fixedSizeList' ? at.type.listSize : 1;
    for (const child of storedChildren(at)) walk(child, length * perParent);
  };
  for (const at of fields) walk(at, rows);
  return assemble(rows, nodes, buffers);
}

export interface FileSpec {
  schema?: Schema;
  batches?: readonly Piece[];
  dictionaries?: readonly (Piece & { id: bigint; isDelta?: boolean })[];
  metadata?: Metadata;
  /** Changes what the footer says of the batches; their bytes stay. */
  blocks?: (dictionaries: Block[], batches: Block[]) => void;
}

/** An Arrow file of these parts: honest but for what the parts themselves say. */
export function buildFile({
  schema = LOGITS,
  batches = [],
  dictionaries = [],
  metadata = [],
  blocks,
}: FileSpec) {
  const parts = [encodeFileStart(schema)];
  let position = parts[0]!.length;
  const add = (message: Uint8Array, body: Uint8Array): Block => {
    const block = { offset: position, metadataLength: message.length, bodyLength: body.length };
    parts.push(message, body);
    position += message.length + body.length;
    return block;
  };
  const dictionaryBlocks = dictionaries.map(({ id, isDelta = false, header, body }) =>
    add(encodeDictionaryMessage({ id, isDelta }, header, body.length), body),
  );
  const batchBlocks = batches.map(({ header, body, version = 5 }) =>
    add(encodeBatchMessage(header, body.length, { version }), body),
  );
  blocks?.(dictionaryBlocks, batchBlocks);
  parts.push(encodeFileEnd(schema, dictionaryBlocks, batchBlocks, metadata));
  return Buffer.concat(parts);
}

/** In memory where there is such a folder: the fuzz test writes a thousand files a second. */
const folder = fs.mkdtempSync(
  path.join(fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'logitmill-arrow-'),
);
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Gives `bytes` as a file to `use`. */
export function onDisk<T>(bytes: Uint8Array, use: (fd: number, path: string, size: number) => T): T {
  const file = path.join(folder, 'input');
  fs.writeFileSync(file, bytes);
  const fd = fs.openSync(file, 'r');
  try {
    return use(fd, file, bytes.length);
  } finally {
    fs.closeSync(fd);
  }
}

export function openBytes(bytes: Uint8Array): Table {
  return onDisk(bytes, (fd, name, size) => openArrowFile(fileReader(fd, name, size)));
}

export function openStreamBytes(bytes: Uint8Array, options?: StreamFileOptions): Table {
  return onDisk(bytes, (fd, name, size) => openArrowStreamFile(fileReader(fd, name, size), options));
}

/** The error that `act` must throw, as `CODE: message`. */
export function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof LogitmillError) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('was not refused');
}
