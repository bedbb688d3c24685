import { isUtf8 } from 'node:buffer';
import { ByteBuffer, type Table } from 'flatbuffers';
import { LogitmillError } from '../errors.ts';

/** Its own size and its table's, two bytes each. A table and a vector begin with four bytes too. */
const SMALLEST_VTABLE = 4;

/**
 * The bytes of a flatbuffer that nobody has vouched for. The accessors that Arrow's schema compiler generated
 * read through this class, so every offset they follow is checked against the buffer before it is followed.
 *
 * Two tables may share a child, so that a small flatbuffer can hold a large tree: `charge` bounds what a walk over
 * it can cost.
 */
export class CheckedByteBuffer extends ByteBuffer {
  readonly #what: string;
  readonly #size: number;
  #items = 0;
  #textBytes = 0;

  /** `what` begins every error message: "record batch 3", "footer", … */
  constructor(bytes: Uint8Array, what: string) {
    super(bytes);
    this.#what = what;
    this.#size = bytes.length;
  }

  corrupt(why: string): LogitmillError {
    return new LogitmillError('INPUT_CORRUPT', `${this.#what}: ${why}`);
  }

  unsupported(why: string): LogitmillError {
    return new LogitmillError('INPUT_UNSUPPORTED', `${this.#what}: ${why}`);
  }

  #check(offset: number, size: number): void {
    if (!(offset >= 0 && offset + size <= this.#size))
      throw this.corrupt(`its metadata points outside itself (byte ${offset} of ${this.#size})`);
  }

  override readUint8(offset: number): number {
    this.#check(offset, 1);
    return super.readUint8(offset);
  }

  override readUint16(offset: number): number {
    this.#check(offset, 2);
    return super.readUint16(offset);
  }

  override readInt32(offset: number): number {
    this.#check(offset, 4);
    return super.readInt32(offset);
  }

  override readInt64(offset: number): bigint {
    this.#check(offset, 8);
    return super.readInt64(offset);
  }

  /** An int64 that must be a count or a size: not negative, and exact as a number. */
  readCount(offset: number, name: string): number {
    const high = this.readInt32(offset + 4);
    const value = high * 0x100000000 + (this.readInt32(offset) >>> 0);
    if (high < 0 || value > Number.MAX_SAFE_INTEGER)
      throw this.corrupt(`${name} is ${this.readInt64(offset)}, which no file holds`);
    return value;
  }

  /** int64 counts, starting at `offset`, every `stride` bytes, as many as `into` takes. */
  readCounts(offset: number, stride: number, into: Float64Array, name: string): void {
    for (let i = 0; i < into.length; i++) into[i] = this.readCount(offset + i * stride, name);
  }

  /** To be called before anything is allocated for a vector: that its elements are there. */
  checkVector(offset: number, count: number, stride: number): void {
    this.#check(offset, count * stride);
  }

  override __offset(table: number, field: number): number {
    const vtable = table - this.readInt32(table);
    const size = this.readUint16(vtable);
    if (size < SMALLEST_VTABLE) throw this.corrupt('its metadata is malformed');
    return field < size ? this.readUint16(vtable + field) : 0;
  }

  /** Such offsets only ever point forward, so that no table can hold itself. */
  override __indirect(offset: number): number {
    const distance = this.readInt32(offset);
    if (distance <= 0) throw this.corrupt('its metadata is malformed');
    this.#check(offset + distance, SMALLEST_VTABLE);
    return offset + distance;
  }

  override __vector(offset: number): number {
    return this.__indirect(offset) + 4;
  }

  override __union(table: Table, offset: number): Table {
    table.bb_pos = this.__indirect(offset);
    table.bb = this;
    return table;
  }

  override __vector_len(offset: number): number {
    const length = this.readInt32(this.__indirect(offset));
    if (length < 0 || length > this.#size) throw this.corrupt('its metadata has a vector past its end');
    return length;
  }

  /** The bytes of the string whose offset is stored at `offset`. */
  stringBytes(offset: number): Uint8Array {
    const start = this.__vector(offset);
    const length = this.__vector_len(offset);
    this.#check(start, length);
    this.#textBytes += length;
    if (this.#textBytes > MAX_TEXT_BYTES)
      throw this.unsupported(`has more than ${MAX_TEXT_BYTES / 2 ** 20} MiB of names and metadata`);
    return this.bytes().subarray(start, start + length);
  }

  /** Text that must be UTF-8: names, time zones. */
  override __string(offset: number): string {
    const bytes = this.stringBytes(offset);
    if (!isUtf8(bytes)) throw this.corrupt('a name in its metadata is not UTF-8');
    return decodeUtf8(bytes);
  }

  /** Text of custom metadata: bytes stay bytes where they are not UTF-8, as pickled extension types are not. */
  text(offset: number): string | Uint8Array {
    const bytes = this.stringBytes(offset);
    return isUtf8(bytes) ? decodeUtf8(bytes) : bytes.slice();
  }

  /** Counts fields, metadata entries and the like, of which a small hostile buffer can pretend to hold any number. */
  charge(items: number): void {
    this.#items += items;
    if (this.#items > this.#size / BYTES_PER_ITEM + SPARE_ITEMS)
      throw this.corrupt(
        `repeats its fields or metadata: ${this.#size} bytes cannot hold ${this.#items} of them`,
      );
    if (this.#items > MAX_ITEMS)
      throw this.unsupported(`has more than ${MAX_ITEMS} fields and metadata entries`);
  }
}

/** A fatal TextDecoder does both steps, and takes ten times as long for short names. */
function decodeUtf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

/** The least that a field or a metadata entry takes of a flatbuffer: a table, and its place in a vector. */
const BYTES_PER_ITEM = 16;
const SPARE_ITEMS = 64;

/** A decoded field takes about 700 bytes with all that is made of it; the two limits keep a schema below 120 MB. */
const MAX_ITEMS = 1 << 17;
const MAX_TEXT_BYTES = 32 << 20;
