import type { ChunkEnd } from '../tasks/results.ts';

/**
 * What the chunks of a CSV file tell each other, in shared memory: whether one ends inside quotes, how many lines
 * and rows there are up to its end, where the next batch of the output stands, and, for dim 0, that its rows are in
 * the block of rows that is open. A chunk waits for the one before
 * it, which another worker has begun before, or this one has finished. Of a text whose length nobody knows there are
 * fewer entries than chunks: they are used again and again.
 */
const ENTRY_BYTES = 40;
const TEXT_STATE = 0;
const PLACE_STATE = 1;
const INSIDE = 2;
const FOLD_STATE = 3;
const LINES = 2;
const ROWS = 3;
const OFFSET = 4;

const STATES = [TEXT_STATE, PLACE_STATE, FOLD_STATE];
const SET = 1;
/** The chunk failed: those after it need not go on. */
const BROKEN = 2;

/** Entries for a text of unknown length: more than there are ever chunks under way. */
export const ENDLESS_CHUNKS = 4096;

export function makeChain(chunks: number): SharedArrayBuffer {
  return new SharedArrayBuffer(chunks * ENTRY_BYTES);
}

export class CsvChain {
  private readonly words: Int32Array;
  private readonly numbers: Float64Array;
  private readonly entries: number;

  constructor(buffer: SharedArrayBuffer) {
    this.words = new Int32Array(buffer);
    this.numbers = new Float64Array(buffer);
    this.entries = buffer.byteLength / ENTRY_BYTES;
  }

  /** What is known of a chunk once its quotes and newlines are counted; null when it failed. */
  waitForText(chunk: number): Pick<ChunkEnd, 'insideQuotes' | 'lines'> | null {
    if (!this.wait(chunk, TEXT_STATE)) return null;
    return {
      insideQuotes: this.words[this.word(chunk, INSIDE)] === 1,
      lines: this.numbers[this.number(chunk, LINES)],
    };
  }

  setText(chunk: number, { insideQuotes, lines }: Pick<ChunkEnd, 'insideQuotes' | 'lines'>): void {
    this.words[this.word(chunk, INSIDE)] = insideQuotes ? 1 : 0;
    this.numbers[this.number(chunk, LINES)] = lines;
    this.set(chunk, TEXT_STATE, SET);
  }

  /** What is known of a chunk once the size of its batch is; null when it failed. */
  waitForPlace(chunk: number): Pick<ChunkEnd, 'rows' | 'offset'> | null {
    if (!this.wait(chunk, PLACE_STATE)) return null;
    return { rows: this.numbers[this.number(chunk, ROWS)], offset: this.numbers[this.number(chunk, OFFSET)] };
  }

  setPlace(chunk: number, { rows, offset }: Pick<ChunkEnd, 'rows' | 'offset'>): void {
    this.numbers[this.number(chunk, ROWS)] = rows;
    this.numbers[this.number(chunk, OFFSET)] = offset;
    this.set(chunk, PLACE_STATE, SET);
  }

  /** Waits until all rows up to a chunk's end are folded; false when it failed. */
  waitForFold(chunk: number): boolean {
    return this.wait(chunk, FOLD_STATE);
  }

  setFold(chunk: number): void {
    this.set(chunk, FOLD_STATE, SET);
  }

  /** Says all of a chunk that an earlier run has done. */
  restore(chunk: number, end: ChunkEnd): void {
    this.setText(chunk, end);
    this.setPlace(chunk, end);
    this.setFold(chunk);
  }

  /** Makes a chunk's entry ready that was another one's before. */
  clear(chunk: number): void {
    for (const state of STATES) Atomics.store(this.words, this.word(chunk, state), 0);
  }

  /** Lets go whoever waits for a chunk that failed. */
  break(chunk: number): void {
    for (const state of STATES) {
      if (Atomics.load(this.words, this.word(chunk, state)) !== SET) this.set(chunk, state, BROKEN);
    }
  }

  private word(chunk: number, word: number): number {
    return (chunk % this.entries) * (ENTRY_BYTES / 4) + word;
  }

  private number(chunk: number, number: number): number {
    return (chunk % this.entries) * (ENTRY_BYTES / 8) + number;
  }

  private wait(chunk: number, state: number): boolean {
    const index = this.word(chunk, state);
    Atomics.wait(this.words, index, 0);
    return Atomics.load(this.words, index) === SET;
  }

  private set(chunk: number, state: number, value: number): void {
    Atomics.store(this.words, this.word(chunk, state), value);
    Atomics.notify(this.words, this.word(chunk, state));
  }
}
