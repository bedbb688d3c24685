import { BufferCollector } from '../../memory/garbage.ts';

/** Bytes that come in order and cannot be sought, how many nobody knows: a pipe, or a text while it is decompressed. */
export interface ByteSource {
  /** At least `wanted` of the first unread bytes, fewer only when there are no more; they stay unread. */
  peek(wanted: number): Promise<Uint8Array>;
  /** The next bytes, some of them, or null at the end. The caller may keep them. */
  read(): Promise<Uint8Array | null>;
  /** Bytes that were taken from the file or pipe beneath, which may be compressed. */
  readonly taken: number;
  /** Ends it; whoever waits for bytes meets an error. */
  close(): void;
}

/** What lies beneath: pieces in order, their count, and what lets go of them. */
export interface Pieces extends AsyncIterable<Uint8Array> {
  readonly taken: number;
  close(): void;
}

export function byteSource(pieces: Pieces): ByteSource {
  const iterator = pieces[Symbol.asyncIterator]();
  let unread: Uint8Array[] = [];
  const collector = new BufferCollector();
  let isClosed = false;

  const next = async (): Promise<Uint8Array | null> => {
    if (isClosed) throw new Error('the source is closed');
    for (;;) {
      const { done, value } = await iterator.next();
      if (done) return null;
      collector.read(value.length);
      if (value.length > 0) return value;
    }
  };
  return {
    async peek(wanted) {
      let known = unread.reduce((sum, { length }) => sum + length, 0);
      while (known < wanted) {
        const piece = await next();
        if (piece === null) break;
        unread.push(piece);
        known += piece.length;
      }
      if (unread.length !== 1) unread = known === 0 ? [] : [Buffer.concat(unread)];
      return unread[0] ?? new Uint8Array(0);
    },
    async read() {
      return unread.shift() ?? (await next());
    },
    get taken() {
      return pieces.taken;
    },
    close() {
      isClosed = true;
      pieces.close();
    },
  };
}
