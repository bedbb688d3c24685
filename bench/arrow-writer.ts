import fs from 'node:fs';
import { encodeFileEnd, encodeFileStart } from '../src/arrow/encode.ts';
import { encodeBatchMessage } from '../src/arrow/encode-batch.ts';
import type { ArrowType, Block, Field, Metadata } from '../src/arrow/types.ts';

const FLOAT: ArrowType = { id: 'float', bitWidth: 32 };
const INT: ArrowType = { id: 'int', bitWidth: 64, signed: true };
const TEXT: ArrowType = { id: 'utf8' };

function field(name: string, type: ArrowType, children: readonly Field[] = []): Field {
  return { name, nullable: true, type, children, dictionary: null, metadata: [] };
}

export const floatField = (name: string): Field => field(name, FLOAT);
export const intField = (name: string): Field => field(name, INT);
export const textField = (name: string): Field => field(name, TEXT);
export const listField = (name: string, size: number): Field =>
  field(name, { id: 'fixedSizeList', listSize: size }, [floatField('item')]);
export const raggedField = (name: string): Field => field(name, { id: 'list' }, [floatField('item')]);

/** A buffer of a batch: bytes, or how many zeros, which become a hole in the file. */
export type BodyBuffer = ArrayBufferView | number | null;

/** Writes an Arrow file batch by batch, with holes where buffers are zeros. */
export class ArrowWriter {
  readonly #fd: number;
  readonly #fields: readonly Field[];
  readonly #metadata: Metadata;
  readonly #blocks: Block[] = [];
  #position = 0;
  /** Small pieces are written together. */
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  constructor(path: string, fields: readonly Field[], metadata: Metadata = []) {
    this.#fd = fs.openSync(path, 'w');
    this.#fields = fields;
    this.#metadata = metadata;
    this.#write(encodeFileStart({ fields, metadata }));
  }

  /** @param nodes length and null count of each node, in pre-order */
  add(rows: number, nodes: readonly number[], buffers: readonly BodyBuffer[]): void {
    const regions: number[] = [];
    let length = 0;
    for (const buffer of buffers) {
      const bytes = sizeOf(buffer);
      regions.push(length, bytes);
      length += Math.ceil(bytes / 64) * 64;
    }
    const message = encodeBatchMessage(
      {
        rows,
        nodes: Float64Array.from(nodes),
        buffers: Float64Array.from(regions),
        variadicCounts: new Float64Array(0),
        compression: null,
      },
      length,
    );
    this.#blocks.push({ offset: this.#position, metadataLength: message.length, bodyLength: length });
    this.#write(message);
    for (const buffer of buffers) {
      const bytes = sizeOf(buffer);
      const padding = Math.ceil(bytes / 64) * 64 - bytes;
      if (typeof buffer === 'number') this.#skip(bytes + padding);
      else if (buffer) {
        this.#write(new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength));
        if (padding > 0) this.#write(new Uint8Array(padding));
      }
    }
  }

  finish(): void {
    this.#write(encodeFileEnd({ fields: this.#fields, metadata: this.#metadata }, [], this.#blocks, []));
    this.#flush();
    fs.closeSync(this.#fd);
  }

  #write(bytes: Uint8Array): void {
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    this.#position += bytes.length;
    if (this.#pendingBytes > 2 ** 20) this.#flush();
  }

  #skip(bytes: number): void {
    this.#flush();
    this.#position += bytes;
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#pending);
    const start = this.#position - bytes.length;
    for (let done = 0; done < bytes.length; )
      done += fs.writeSync(this.#fd, bytes, done, bytes.length - done, start + done);
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}

function sizeOf(buffer: BodyBuffer): number {
  return typeof buffer === 'number' ? buffer : (buffer?.byteLength ?? 0);
}
