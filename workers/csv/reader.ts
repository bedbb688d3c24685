import { batchMessageLength, encodeBatchMessage } from '../../src/arrow/encode-batch.ts';
import type { BatchHeader } from '../../src/arrow/types.ts';
import { openBlockBytes } from '../../src/dim0/memory.ts';
import type { CsvKernels } from '../../src/kernels/csv.ts';
import type { BatchLayout } from '../../src/layout/batch-layout.ts';
import { headerOfRows, isOwnBitmap, layoutRows } from '../../src/layout/csv-batch.ts';
import { CsvParts } from '../../src/layout/csv-parts.ts';
import { SCRATCH_BYTES, type SlabRange } from '../../src/memory/slabs.ts';
import { DTYPE_BYTES } from '../../src/ops/dtypes.ts';
import { CsvChain } from '../../src/sync/chunk-chain.ts';
import type { Ring } from '../../src/sync/text-ring.ts';
import type { CsvSetup, CsvTask } from '../../src/tasks/csv.ts';
import { bytesOfWork } from '../../src/tasks/pass-size.ts';
import { readInput } from '../io/files.ts';
import { stageClock } from '../stage-clock.ts';
import { tooSmallForRows } from '../too-small.ts';
import { type CsvLayout, csvLayout } from './layout.ts';
import { CsvParser } from './parser.ts';
import { workBytes } from './work-area.ts';

/** Buffers of all layouts that are kept. */
const LAYOUT_PARTS = 2 ** 15;

/** What a worker keeps from one chunk of a CSV file to the next. */
export class CsvReader {
  readonly setup: CsvSetup;
  /** Of a text that comes in order. */
  readonly ring: Ring | null;
  readonly parser: CsvParser;
  readonly chain: CsvChain;
  readonly parts: CsvParts;
  /** Indices of the parts that are not results, and of the bitmaps of results that have their own nulls. */
  readonly copied: readonly number[];
  readonly ownNulls: readonly number[];
  /** The same for all batches. */
  readonly headerBytes: number;
  /** Where the kernels' scratch and the result of a check lie, and what is left of the slab for text and columns. */
  readonly scratch: number;
  readonly result: number;
  readonly area: SlabRange;
  readonly slab: SlabRange;
  /** Bytes of `--memory` that belong to no slab. */
  readonly setApart: number;
  readonly hasText: boolean;
  /** Bytes of text in columns that have none. */
  readonly noText: readonly number[];
  private readonly ownBitmaps: readonly number[];
  /** Chunks have one of a few numbers of rows: their layouts are used again. */
  private readonly layouts = new Map<string, CsvLayout>();
  /** Bytes that so many rows need in the slab, text aside. */
  private readonly needs = new Map<number, number>();
  private readonly headers = new WeakMap<BatchLayout, Uint8Array>();
  /** Of the chunk at hand, for messages. */
  linesBefore = 0;

  constructor(
    setup: CsvSetup,
    ring: Ring | null,
    kernels: CsvKernels,
    memory: WebAssembly.Memory,
    slab: SlabRange,
    setApart: number,
  ) {
    this.setup = setup;
    this.slab = slab;
    this.setApart = setApart;
    this.ring = ring;
    this.scratch = slab.start;
    this.result = slab.start + SCRATCH_BYTES;
    const work = this.result + 64;
    const start = Math.ceil((work + workBytes(setup.plan)) / 64) * 64;
    this.area = { start, end: slab.end };
    this.parser = new CsvParser(kernels, memory, setup.plan, work);
    this.chain = new CsvChain(setup.chain);
    const { batches } = setup;
    const parts = new CsvParts(batches.parts);
    this.parts = parts;
    const isCopied = (part: number): boolean => parts.role(part) === 'passed' || parts.role(part) === 'kept';
    this.copied = parts.filter(isCopied);
    this.ownBitmaps = parts.filter((part) => isOwnBitmap(parts, part, batches));
    // With dim 0 each class keeps its own nulls.
    this.ownNulls = this.ownBitmaps.filter((part) => !isCopied(part) && parts.index(part) >= 0);
    this.noText = setup.plan.passed.map(() => 0);
    const empty = layoutRows(parts, batches, 0, this.noText);
    this.headerBytes = batchMessageLength(headerOfRows(empty, parts, this.ownBitmaps, 0, new Map()));
    this.hasText = setup.plan.passed.some(({ type }) => type === 'utf8');
  }

  /** Fills `bytes` with the text from `position` on. */
  read({ input }: CsvTask, bytes: Uint8Array, position: number): void {
    const { ring } = this;
    if (ring) stageClock.during('read', () => ring.read(bytes, position));
    else readInput(input, bytes, position);
  }

  /** The layout of a batch. @param textBytes of each passed column */
  layoutOf(rows: number, textBytes: readonly number[]): CsvLayout {
    const key = `${rows} ${textBytes}`;
    const known = this.layouts.get(key);
    if (known) return known;
    // Two in any case: few rows to a chunk are one more or one fewer.
    if (this.layouts.size > 1 && (this.layouts.size + 1) * this.parts.count > LAYOUT_PARTS)
      this.layouts.clear();
    const layout = csvLayout(
      layoutRows(this.parts, this.setup.batches, rows, textBytes),
      rows * DTYPE_BYTES[this.setup.batches.dtype],
    );
    this.layouts.set(key, layout);
    return layout;
  }

  headerOf(layout: BatchLayout, nullRows: number, nullsOfNode: ReadonlyMap<number, number>): BatchHeader {
    return headerOfRows(layout, this.parts, this.ownBitmaps, nullRows, nullsOfNode);
  }

  /** Writes the header of a batch to the slab, with the null counts that are known at its end. */
  writeHeader(
    layout: BatchLayout,
    nullRows: number,
    nullsOfNode: ReadonlyMap<number, number>,
    target: Uint8Array,
  ): void {
    const hasNulls = nullRows > 0 || [...nullsOfNode.values()].some((count) => count > 0);
    const known = hasNulls ? undefined : this.headers.get(layout);
    if (known) {
      target.set(known);
      return;
    }
    const header = this.headerOf(layout, nullRows, nullsOfNode);
    encodeBatchMessage(header, layout.bodyLength, {}, target);
    if (!hasNulls && this.parts.count <= LAYOUT_PARTS) this.headers.set(layout, target.slice());
  }

  /**
   * How many rows fit into `free` bytes at once: all, or as many as eight divides.
   * @param textBytes bound of the bytes of all texts that pass through
   * @throws LogitmillError MEMORY_TOO_SMALL when not even eight do
   */
  mostRows(rows: number, free: number, textBytes: number): number {
    const needed = (count: number): number => this.bytesFor(count) + textBytes;
    if (needed(rows) <= free) return rows;
    const each = (needed(rows) - needed(0)) / rows;
    let fitting = Math.floor((free - needed(0)) / each / 8) * 8;
    while (fitting > 8 && needed(fitting) > free) fitting -= 8;
    const least = Math.max(8, fitting);
    const bytes = needed(Math.min(least, rows));
    if (bytes > free)
      throw tooSmallForRows(bytes + this.slab.end - this.slab.start - free, this.slab, this.setApart);
    return least;
  }

  private bytesFor(rows: number): number {
    const known = this.needs.get(rows);
    if (known !== undefined) return known;
    const layout = this.layoutOf(rows, this.noText);
    const fixed = this.headerBytes + 4096;
    const bytes =
      fixed + this.parser.bytesFor(rows) + layout.bodyLength + this.computeBytes(rows, layout.strides);
    this.needs.set(rows, bytes);
    return bytes;
  }

  /** Columns that are computed elsewhere than in the body, and what float16 is computed in. */
  private computeBytes(rows: number, { probs, log_probs }: CsvLayout['strides']): number {
    const { batches, plan } = this.setup;
    const { dtype, overRows, targetForm } = batches;
    const size = DTYPE_BYTES[dtype];
    // The second result's matrix, and what is kept of columns.
    if (overRows) return rows * plan.classes * size + openBlockBytes(plan.classes);
    const written = [probs, log_probs].filter((stride) => stride !== undefined);
    const elsewhere = written.filter((stride) => targetForm !== 'columns' || stride === null);
    // What is not written may be computed all the same.
    const matrices = written.length === 0 ? 2 : elsewhere.length;
    return (
      matrices * plan.classes * (rows * size + 128) +
      bytesOfWork({ dtype, op: 'both' }, 'columns', plan.classes) +
      batches.statistics
    );
  }
}
