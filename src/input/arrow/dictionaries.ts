import { type BatchCheck, batchCheck } from '../../arrow/check-batch.ts';
import type { DictionaryMessage } from '../../arrow/decode.ts';
import { dictionaryIds, nodeLayouts } from '../../arrow/layout.ts';
import { showName } from '../../arrow/show-name.ts';
import type {
  BatchHeader,
  Block,
  BlockTable,
  BodyCodec,
  Field,
  MetadataVersion,
  Schema,
} from '../../arrow/types.ts';
import { LogitmillError } from '../../errors.ts';
import type { Steps } from '../../io/steps.ts';
import { blockAt, readBlock } from './batches.ts';
import type { MetadataReader } from './metadata-reader.ts';

/** One batch of a dictionary's values, and where it lies in the file. */
export interface DictionaryBlock extends Block {
  id: bigint;
  /** Adds to the values before it. */
  isDelta: boolean;
  version: MetadataVersion;
  /** Takes the place of an earlier batch with the same id, which streams may do between record batches. */
  isReplacement: boolean;
  /** Values in this batch. */
  rows: number;
  compression: BodyCodec | null;
  /** How many record batches stand before it: in a file it counts for all of them, and this is 0. */
  batchesBefore: number;
}

/**
 * Reads and checks the dictionary batches that a file's footer names.
 * @throws {LogitmillError} INPUT_CORRUPT, INPUT_UNSUPPORTED
 */
export function* readDictionaries(
  reader: MetadataReader,
  blocks: BlockTable,
  check: DictionaryCheck,
): Steps<DictionaryBlock[]> {
  const dictionaries: DictionaryBlock[] = [];
  const seen = new Set<bigint>();
  for (let i = 0; i < blocks.count; i++) {
    yield;
    const block = blockAt(blocks, i);
    const { id, isDelta, header, version } = readDictionary(reader, block, check, `dictionary batch ${i}`);
    if (!isDelta && seen.has(id))
      throw new LogitmillError(
        'INPUT_CORRUPT',
        `dictionary batch ${i}: replaces dictionary ${id}, which only a stream may do`,
      );
    seen.add(id);
    const { rows, compression } = header;
    const place = { ...block, batchesBefore: 0 };
    dictionaries.push({ ...place, id, isDelta, version, isReplacement: false, rows, compression });
  }
  return dictionaries;
}

/** Reads and checks one of them. */
export function readDictionary(
  reader: MetadataReader,
  block: Block,
  check: DictionaryCheck,
  what: string,
): DictionaryMessage {
  const message = readBlock(reader, block, what, { expected: 'dictionary' });
  check(message, block.bodyLength, what);
  return message;
}

export type DictionaryCheck = (message: DictionaryMessage, bodyLength: number, what: string) => void;

/** Returns a check of dictionary batches: of a known id, with the columns and sizes that its type needs. */
export function dictionaryCheck(schema: Schema): DictionaryCheck {
  const values = new Map<bigint, Field>();
  const walk = (field: Field): void => {
    if (field.dictionary !== null && !values.has(field.dictionary.id))
      values.set(field.dictionary.id, { ...field, dictionary: null });
    field.children.forEach(walk);
  };
  schema.fields.forEach(walk);
  const checks = new Map<string, BatchCheck>();
  return ({ id, version, header }, bodyLength, what) => {
    const field = values.get(id);
    if (field === undefined)
      throw new LogitmillError('INPUT_CORRUPT', `${what}: belongs to dictionary ${id}, which no column has`);
    const key = `${id} V${version}`;
    const check = checks.get(key) ?? batchCheck([field], version);
    checks.set(key, check);
    check(header, bodyLength, what);
  };
}

/**
 * Returns a check that every dictionary a batch needs stands before it. The format lets a dictionary come later,
 * or not at all, while a column is null throughout. `firstBatch` has the first batch after each dictionary.
 */
export function dictionaryPresence(
  fields: readonly Field[],
  firstBatch: ReadonlyMap<bigint, number>,
): (header: BatchHeader, batch: number) => void {
  const needs = nodeLayouts(fields)
    .filter(({ field }) => field.dictionary !== null)
    .map(({ node, path, field }) => ({ node, path, ids: dictionaryIds(field) }));
  return ({ nodes }, batch) => {
    for (const { node, path, ids } of needs) {
      if (nodes[2 * node]! === nodes[2 * node + 1]!) continue;
      for (const id of ids)
        if (!((firstBatch.get(id) ?? Number.POSITIVE_INFINITY) <= batch))
          throw new LogitmillError(
            'INPUT_CORRUPT',
            `record batch ${batch}: column ${showName(path)} needs dictionary ${id}, which is missing`,
          );
    }
  };
}
