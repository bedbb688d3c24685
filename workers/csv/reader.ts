import { encodeBatchMessage } from '../../src/arrow/encode-batch.ts';
import { CsvChain } from '../../src/csv-chain.ts';
import type { CsvKernels } from '../../src/kernels.ts';
import { SCRATCH_BYTES, type SlabRange } from '../../src/memory.ts';
import { DTYPE_BYTES } from '../../src/plan/logits.ts';
import type { Ring } from '../../src/ring.ts';
import type { CsvSetup, CsvTask } from '../../src/tasks.ts';
import { readInput } from '../files.ts';
import { bytesOfWork } from '../pass.ts';
import { stageClock } from '../stage-clock.ts';
import { type BufferPart, bufferParts, headerOfRows, layoutRows } from './batch.ts';
import { CsvParser } from './parser.ts';
import { workBytes } from './work-area.ts';

/** What a worker keeps from one chunk of a CSV file to the next. */
export class CsvReader {
  readonly setup: CsvSetup;
  /** Of a text that comes in order. */
  readonly ring: Ring | null;
  readonly parser: CsvParser;
  readonly chain: CsvChain;
  readonly parts: BufferPart[];
  /** The same for all batches. */
  readonly headerBytes: number;
  /** Where the kernels' scratch and the result of a check lie, and what is left of the slab for text and columns. */
  readonly scratch: number;
  readonly result: number;
  readonly area: SlabRange;
  readonly hasText: boolean;
  /** Of the chunk at hand, for messages. */
  linesBefore = 0;

  constructor(
    setup: CsvSetup,
    ring: Ring | null,
    kernels: CsvKernels,
    memory: WebAssembly.Memory,
    slab: SlabRange,
  ) {
    this.setup = setup;
    this.ring = ring;
    this.scratch = slab.start;
    this.result = slab.start + SCRATCH_BYTES;
    const work = this.result + 64;
    const start = Math.ceil((work + workBytes(setup.plan)) / 64) * 64;
    this.area = { start, end: slab.end };
    this.parser = new CsvParser(kernels, memory, setup.plan, work);
    this.chain = new CsvChain(setup.chain);
    this.parts = bufferParts(setup.context, setup.plan);
    const empty = layoutRows(
      setup.context,
      setup.plan,
      0,
      setup.plan.passed.map(() => 0),
    );
    this.headerBytes = encodeBatchMessage(headerOfRows(empty, this.parts, 0, new Map()), 0).length;
    this.hasText = setup.plan.passed.some(({ type }) => type === 'utf8');
  }

  /** Fills `bytes` with the text from `position` on. */
  read({ input }: CsvTask, bytes: Uint8Array, position: number): void {
    const { ring } = this;
    if (ring) stageClock.during('read', () => ring.read(bytes, position));
    else readInput(input, bytes, position);
  }

  /**
   * How many rows fit into `free` bytes at once: all, or as many as eight divides.
   * @param textBytes bound of the bytes of all texts that pass through
   */
  mostRows(rows: number, free: number, textBytes: number): number {
    const fixed = this.headerBytes + textBytes + 4096;
    const needed = (count: number): number => {
      const layout = layoutRows(
        this.setup.context,
        this.setup.plan,
        count,
        this.setup.plan.passed.map(() => 0),
      );
      return (
        fixed +
        this.parser.bytesFor(count) +
        layout.bodyLength +
        this.computeBytes(count) +
        this.parts.length * 64
      );
    };
    if (needed(rows) <= free) return rows;
    const each = (needed(rows) - needed(0)) / rows;
    const fitting = Math.floor((free - needed(0)) / each / 8) * 8;
    return Math.max(8, fitting);
  }

  /** Columns that are computed elsewhere than in the body, and what float16 is computed in. */
  private computeBytes(rows: number): number {
    const { context, plan } = this.setup;
    const { dtype } = context.logits;
    return (
      2 * plan.classes * (rows * DTYPE_BYTES[dtype] + 128) +
      bytesOfWork({ dtype, op: 'both' }, 'columns', plan.classes)
    );
  }
}
