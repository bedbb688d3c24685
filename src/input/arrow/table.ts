import { columnLayouts } from '../../arrow/layout.ts';
import type {
  BlockTable,
  BodyCodec,
  ColumnLayout,
  Metadata,
  MetadataVersion,
  Schema,
} from '../../arrow/types.ts';
import type { Steps } from '../../io/steps.ts';
import { ArrowBatches, type Batches, type PlacedHeader } from './batches.ts';
import { type DictionaryBlock, dictionaryCheck, dictionaryPresence, readDictionary } from './dictionaries.ts';
import { InflatedBatches } from './inflated-batches.ts';
import { type MetadataReader, naming } from './metadata-reader.ts';

/** A table as its metadata describe it: of an Arrow file, or of a stream in a file. Everything in it was checked. */
export interface Table {
  kind: 'table';
  format: 'arrow' | 'stream';
  path: string;
  /** In bytes. */
  size: number;
  /** Of the batches' messages. */
  version: MetadataVersion;
  schema: Schema;
  /** One for each top-level column. */
  columns: readonly ColumnLayout[];
  /** The footer's own metadata, not the schema's; a stream has none. */
  metadata: Metadata;
  rows: number;
  /** Where bodies are compressed, as if they were not: see `InflatedBatches`. */
  batches: Batches;
  /** In the order in which a reader must see them. */
  dictionaries: readonly DictionaryBlock[];
  /** Reads the header of dictionaries[i]; its body goes with it as it is. */
  dictionaryHeader(i: number): PlacedHeader;
  compression: BodyCodec | null;
}

interface TableParts {
  format: Table['format'];
  /** What the schema or footer says; batches know better. */
  version: MetadataVersion;
  schema: Schema;
  metadata: Metadata;
  dictionaries: readonly DictionaryBlock[];
  batches: BlockTable;
}

/** Checks the record batches, whose blocks lie inside the file, and puts the description together. */
export function* describeTable(reader: MetadataReader, parts: TableParts): Steps<Table> {
  const { format, schema, metadata, dictionaries } = parts;
  const firstBatch = new Map<bigint, number>();
  for (const { id, batchesBefore } of dictionaries)
    if (!firstBatch.has(id)) firstBatch.set(id, batchesBefore);
  const presence = dictionaryPresence(schema.fields, firstBatch);
  yield;
  const stored = yield* ArrowBatches.read(reader, parts.batches, schema.fields, presence);
  const batches =
    stored.compression === null ? stored : yield* InflatedBatches.read(stored, reader, schema.fields);
  const version = batches.version ?? parts.version;
  const check = dictionaryCheck(schema);
  return {
    kind: 'table',
    format,
    path: reader.path,
    size: reader.size,
    version,
    schema,
    columns: columnLayouts(schema.fields, version),
    metadata,
    rows: batches.rows,
    batches,
    dictionaries,
    dictionaryHeader(i) {
      const block = dictionaries[i]!;
      const read = () => readDictionary(reader, block, check, `dictionary batch ${i}`);
      const { header } = naming(reader.path, read);
      return { ...header, bodyOffset: block.offset + block.metadataLength, bodyLength: block.bodyLength };
    },
    compression: batches.compression,
  };
}
