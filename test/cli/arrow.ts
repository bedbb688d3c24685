import fs from 'node:fs';
import {
  type DataType,
  RecordBatchReader,
  type Schema,
  type Table,
  tableFromIPC,
  Vector,
} from 'apache-arrow';

/** A value of any column as plain JSON-like data, so that two files' columns can be compared. */
export function plain(value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Vector) return Array.from(value, plain);
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value))
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex');
  if (typeof value === 'object') {
    const entries =
      Symbol.iterator in value ? [...(value as Iterable<[string, unknown]>)] : Object.entries(value);
    return Object.fromEntries(entries.map(([key, item]) => [String(key), plain(item)]));
  }
  return value;
}

export interface ReadTable {
  schema: Schema;
  /** Rows of each record batch, in order. */
  batches: number[];
  /** Columns by name; of columns that share a name, the last. */
  columns: Map<string, unknown[]>;
}

/** Reads an Arrow file or stream with apache-arrow, whose reader shares nothing with ours. */
export function readArrow(source: string | Uint8Array): ReadTable {
  const bytes = typeof source === 'string' ? fs.readFileSync(source) : source;
  const table: Table = tableFromIPC(bytes);
  const columns = new Map<string, unknown[]>();
  table.schema.fields.forEach((field, index) => {
    columns.set(field.name, Array.from(table.getChildAt(index) ?? [], plain));
  });
  return { schema: table.schema, batches: batchSizes(bytes), columns };
}

/** `tableFromIPC` drops empty batches, so they are counted by the reader. */
function batchSizes(bytes: Uint8Array): number[] {
  const reader = RecordBatchReader.from(bytes).open();
  const sizes: number[] = [];
  if (reader.isFile()) {
    const count = (reader as unknown as { numRecordBatches: number }).numRecordBatches;
    for (let index = 0; index < count; index++) sizes.push(reader.readRecordBatch(index)?.numRows ?? -1);
  } else for (const batch of reader) sizes.push(batch.numRows);
  return sizes;
}

/** `name: type`, as apache-arrow prints them. */
export function fieldTexts(schema: Schema): string[] {
  return schema.fields.map((field) => `${field.name}: ${field.type as DataType}`);
}
