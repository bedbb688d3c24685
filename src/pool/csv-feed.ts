import type { ByteSource } from '../input/bytes/byte-source.ts';
import type { CsvChain } from '../sync/chunk-chain.ts';
import { Ring } from '../sync/text-ring.ts';
import type { CsvWindow } from '../tasks/csv.ts';
import type { ChunkEnd } from '../tasks/results.ts';
import type { Task, TaskStream } from '../tasks/task.ts';

const NEWLINE = 10;

export interface FeedOptions {
  /** Shared with the workers. */
  ring: SharedArrayBuffer;
  chain: CsvChain;
  /** Where the rows begin in the text, and bytes of text in a chunk. */
  dataOffset: number;
  chunkBytes: number;
  /** The byte around quoted fields, or 0. */
  quote: number;
  /** What an earlier run knew of a chunk that it had done. */
  doneBefore(chunk: number): ChunkEnd | undefined;
  makeTask(chunk: number, window: CsvWindow): Task;
}

/**
 * The one reader of a CSV text that comes in order: fills a ring with it and makes a task of each chunk once all its
 * rows stand there whole. While the ring is full it waits for the workers.
 */
export class CsvFeed implements TaskStream {
  private readonly source: ByteSource;
  private readonly options: FeedOptions;
  private readonly ring: Ring;
  /** Chunks under way, and the first byte that each of them needs. */
  private readonly underWay = new Map<number, number>();
  /** The first byte that the next chunk needs. */
  private next = 0;
  /** Bytes of text in the ring so far, gone ones included; those read that found no room yet. */
  private head = 0;
  private waiting: Uint8Array = new Uint8Array(0);
  private isAtEnd = false;
  private onFinished: (() => void) | undefined;

  constructor(source: ByteSource, options: FeedOptions) {
    this.source = source;
    this.options = options;
    this.ring = new Ring(options.ring);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Task> {
    const { dataOffset, chunkBytes, chain, doneBefore, makeTask } = this.options;
    let from = dataOffset;
    let isInside = false;
    let taken = 0;
    for (let chunk = 0; ; chunk++) {
      this.next = Math.max(0, from - 1);
      await this.fillTo(from + chunkBytes);
      const to = Math.min(from + chunkBytes, this.head);
      if (to <= from) return;
      const limit = await this.limitOf(chunk, from, to, isInside);
      chain.clear(chunk);
      const done = doneBefore(chunk);
      if (done) chain.restore(chunk, done);
      else {
        const atEnd = this.isAtEnd && limit === this.head;
        const inputBytes = this.source.taken - taken;
        this.underWay.set(chunk, this.next);
        yield makeTask(chunk, { to, limit, atEnd, inputBytes });
      }
      taken = this.source.taken;
      isInside = this.endsInside(from, to, isInside);
      from = to;
    }
  }

  finished(chunk: number): void {
    this.underWay.delete(chunk);
    this.onFinished?.();
  }

  stop(): void {
    this.source.close();
    this.onFinished?.();
  }

  /** Where the last row ends that begins in [from, to): as far as the ring goes, when it is too small for that row. */
  private async limitOf(chunk: number, from: number, to: number, isInside: boolean): Promise<number> {
    const atRowStart = chunk === 0 || (!isInside && this.ring.at(from - 1) === NEWLINE);
    if (!atRowStart && this.rowEnd(from, to - 1, isInside).end === 0) return to;
    let search = { end: 0, isInside: this.endsInside(from, to - 1, isInside) };
    for (let at = to - 1; ; ) {
      const known = this.head;
      search = this.rowEnd(at, known, search.isInside);
      if (search.end > 0) return search.end;
      at = known;
      if (!(await this.fillTo(known + 1))) return this.head;
    }
  }

  /** The position after the first newline outside quotes in [from, to), or 0; and whether `to` is inside them. */
  private rowEnd(from: number, to: number, isInside: boolean): { end: number; isInside: boolean } {
    const { quote } = this.options;
    let position = from;
    let inside = isInside;
    for (const part of this.ring.parts(from, to)) {
      for (let at = 0; at < part.length; ) {
        const newline = inside ? -1 : part.indexOf(NEWLINE, at);
        const quoted = quote === 0 ? -1 : part.indexOf(quote, at);
        if (newline >= 0 && (quoted < 0 || newline < quoted)) {
          return { end: position + newline + 1, isInside: inside };
        }
        if (quoted < 0) break;
        inside = !inside;
        at = quoted + 1;
      }
      position += part.length;
    }
    return { end: 0, isInside: inside };
  }

  private endsInside(from: number, to: number, isInside: boolean): boolean {
    const { quote } = this.options;
    if (quote === 0) return isInside;
    let quotes = 0;
    for (const part of this.ring.parts(from, to)) {
      let at = part.indexOf(quote);
      if (at < 0) continue;
      for (; at < part.length; at++) if (part[at] === quote) quotes++;
    }
    return isInside !== (quotes % 2 === 1);
  }

  /** Reads until the text stands in the ring up to `wanted`; false when it ends before, or does not fit. */
  private async fillTo(wanted: number): Promise<boolean> {
    while (this.head < wanted) {
      const room = this.room();
      if (room <= 0) {
        if (this.underWay.size === 0) return false;
        await new Promise<void>((resolve) => {
          this.onFinished = resolve;
        });
        this.onFinished = undefined;
        continue;
      }
      if (this.waiting.length === 0) {
        const piece = this.isAtEnd ? null : await this.source.read();
        if (piece === null) {
          this.isAtEnd = true;
          return false;
        }
        this.waiting = piece;
      }
      const part = this.waiting.subarray(0, room);
      this.ring.write(part, this.head);
      this.head += part.length;
      this.waiting = this.waiting.subarray(part.length);
    }
    return true;
  }

  private room(): number {
    let first = this.next;
    for (const from of this.underWay.values()) first = Math.min(first, from);
    return Math.min(this.ring.bytes.length, this.ring.bytes.length - (this.head - first));
  }
}
