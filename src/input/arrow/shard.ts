import type { Block, BodyCodec, MetadataVersion } from '../../arrow/types.ts';
import type { Steps } from '../../io/steps.ts';
import type { Batches, PlacedHeader } from './batches.ts';
import type { Table } from './table.ts';

/** Some batches of a file, one after the other. They count from 0; their rows count as in the file. */
class BatchRange implements Batches {
  readonly count: number;
  readonly rows: number;
  readonly #all: Batches;
  readonly #first: number;

  constructor(all: Batches, first: number, end: number) {
    this.#all = all;
    this.#first = first;
    this.count = end - first;
    this.rows = rowsBefore(all, end) - rowsBefore(all, first);
  }

  get version(): MetadataVersion | null {
    return this.#all.version;
  }
  get compression(): BodyCodec | null {
    return this.#all.compression;
  }
  rowsOf(batch: number): number {
    return this.#all.rowsOf(this.#first + batch);
  }
  firstRowOf(batch: number): number {
    return this.#all.firstRowOf(this.#first + batch);
  }
  blockOf(batch: number): Block {
    return this.#all.blockOf(this.#first + batch);
  }
  header(batch: number): PlacedHeader {
    return this.#all.header(this.#first + batch);
  }
  scan(visit: (header: PlacedHeader, batch: number) => void, first = 0, end = this.count): Steps<void> {
    return this.#all.scan(
      (header, batch) => visit(header, batch - this.#first),
      this.#first + first,
      this.#first + end,
    );
  }
}

/** The i-th of n parts of a file: the batches whose first row lies in that part of the rows. */
export function shardOf<T extends Table>(file: T, { index, count }: { index: number; count: number }): T {
  const { batches } = file;
  const firstOf = (part: number): number => {
    if (part === count) return batches.count;
    let batch = 0;
    while (batch < batches.count && batches.firstRowOf(batch) * count < part * batches.rows) batch++;
    return batch;
  };
  const first = firstOf(index);
  const range = new BatchRange(batches, first, firstOf(index + 1));
  const dictionaries = file.dictionaries.map((dictionary) => ({
    ...dictionary,
    batchesBefore: Math.max(0, dictionary.batchesBefore - first),
  }));
  return { ...file, batches: range, rows: range.rows, dictionaries };
}

function rowsBefore(batches: Batches, batch: number): number {
  return batch < batches.count ? batches.firstRowOf(batch) : batches.rows;
}
