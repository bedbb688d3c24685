import { type BatchCheck, batchCheck } from '../../arrow/check-batch.ts';
import type { ArrowMessage, BatchMessage, DictionaryMessage, SchemaMessage } from '../../arrow/decode.ts';
import { dependsOnVersion } from '../../arrow/layout.ts';
import type { MetadataVersion, Schema } from '../../arrow/types.ts';
import { LogitmillError } from '../../errors.ts';
import { mixedVersions } from './batches.ts';
import { type DictionaryCheck, dictionaryCheck, dictionaryPresence } from './dictionaries.ts';

export interface StreamOptions {
  /** Take a stream that ends between two messages without the marker that says so. */
  allowMissingEos?: boolean;
}

export const MISSING_END = 'stops without the marker that ends a stream: batches may be missing';
export const MISSING_END_HINT = '--allow-missing-eos, if the stream is known to be whole';
export const TRAILING = 'goes on after the marker that ends a stream; logitmill reads one stream a file';
export const TRAILING_HINT = 'pass joined streams as files of their own';
export const COPY_AGAIN = 'copy or write the file again: an interrupted upload looks like this';

/** A message as it stands in its stream. */
export type StreamMessage =
  | SchemaMessage
  | (BatchMessage & { /** Counted from 0, without schema and dictionaries. */ batch: number })
  | (DictionaryMessage & {
      /** Takes the place of an earlier dictionary with the same id. */
      isReplacement: boolean;
      batchesBefore: number;
    });

/** Checks the messages of a stream in their order: schema first, each batch after the dictionaries it needs. */
export class StreamState {
  schema: Schema | null = null;
  version: MetadataVersion = 5;
  batches = 0;
  readonly #firstBatch = new Map<bigint, number>();
  #checkDictionary: DictionaryCheck | null = null;
  #checkPresence: ReturnType<typeof dictionaryPresence> | null = null;
  #checkBatch: BatchCheck | null = null;
  #batchVersion: MetadataVersion | null = null;

  /** What to call the next message in errors, before it is known what it is. */
  get next(): string {
    return this.schema === null ? 'schema' : `message before record batch ${this.batches}`;
  }

  /** @throws {LogitmillError} INPUT_CORRUPT, INPUT_UNSUPPORTED */
  accept(message: ArrowMessage): StreamMessage {
    if (message.kind === 'schema') return this.#acceptSchema(message);
    if (this.schema === null) throw new LogitmillError('INPUT_CORRUPT', 'does not begin with a schema');
    return message.kind === 'batch'
      ? this.#acceptBatch(message, this.schema)
      : this.#acceptDictionary(message);
  }

  #acceptSchema(message: SchemaMessage): StreamMessage {
    if (this.schema !== null)
      throw new LogitmillError('INPUT_CORRUPT', `has a second schema before record batch ${this.batches}`);
    if (message.bodyLength !== 0) throw new LogitmillError('INPUT_CORRUPT', 'has a schema with a body');
    this.schema = message.schema;
    this.version = message.version;
    this.#checkDictionary = dictionaryCheck(message.schema);
    this.#checkPresence = dictionaryPresence(message.schema.fields, this.#firstBatch);
    return message;
  }

  #acceptBatch(message: BatchMessage, schema: Schema): StreamMessage {
    const batch = this.batches++;
    const what = `record batch ${batch}`;
    this.#batchVersion ??= message.version;
    if (message.version !== this.#batchVersion && dependsOnVersion(schema.fields))
      throw mixedVersions(what, message.version, this.#batchVersion);
    this.#checkBatch ??= batchCheck(schema.fields, message.version);
    this.#checkBatch(message.header, message.bodyLength, what);
    this.#checkPresence!(message.header, batch);
    return { ...message, batch };
  }

  #acceptDictionary(message: DictionaryMessage): StreamMessage {
    const { id, isDelta } = message;
    const what = `dictionary ${id} before record batch ${this.batches}`;
    this.#checkDictionary!(message, message.bodyLength, what);
    const isReplacement = !isDelta && this.#firstBatch.has(id);
    if (!this.#firstBatch.has(id)) this.#firstBatch.set(id, this.batches);
    return { ...message, isReplacement, batchesBefore: this.batches };
  }
}
