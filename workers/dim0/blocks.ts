import { COLUMN_ARRAYS, columnArrayBytes } from '../../src/dim0/arrays.ts';
import { columnBytes } from '../../src/dim0/memory.ts';
import type { Piece } from '../../src/layout/pieces.ts';
import { SCRATCH_BYTES, SlabAreas, type SlabRange } from '../../src/memory/slabs.ts';
import { OPS } from '../../src/ops/ops.ts';
import { Turnstile } from '../../src/sync/turnstile.ts';
import type { ColumnResult } from '../../src/tasks/results.ts';
import type { OverRows, TransformSpec } from '../../src/tasks/spec.ts';
import type { BlockChain } from '../../src/tasks/task.ts';
import type { WorkerContext } from '../context.ts';
import type { Area, Pass } from '../rows/pass.ts';
import { stageClock } from '../stage-clock.ts';
import { tooSmall } from '../too-small.ts';
import { ChainBroken } from '../turns.ts';

/** What a task keeps in the slab of each of its blocks of rows, and of its columns. */
export class ColumnBlocks {
  readonly parameters: number;
  /** What is left of the slab. */
  readonly slab: SlabRange;
  private readonly pieces: readonly Piece[];
  /** Rows of the file: of the first piece, and behind the last one. */
  private readonly begin: number;
  private readonly end: number;
  private readonly first: number;
  private readonly blocks: number;
  private readonly bytes: number;
  private readonly address: number;
  private readonly spec: OverRows;

  constructor(spec: OverRows, pieces: readonly Piece[], arrays: 'states' | 'sums', slab: SlabRange) {
    const last = pieces[pieces.length - 1];
    this.spec = spec;
    this.pieces = pieces;
    this.begin = pieces[0].firstRow;
    this.end = last.firstRow + last.rows;
    this.first = Math.floor(this.begin / spec.blockRows);
    this.blocks = Math.ceil(this.end / spec.blockRows) - this.first;
    this.bytes = columnArrayBytes(spec.width) * COLUMN_ARRAYS[arrays];
    const parameterBytes = arrays === 'sums' ? columnArrayBytes(spec.width) * COLUMN_ARRAYS.parameters : 0;
    const areas = new SlabAreas(slab);
    areas.take(SCRATCH_BYTES);
    this.parameters = areas.take(parameterBytes);
    this.address = areas.take(this.blocks * this.bytes);
    this.slab = { start: areas.take(0), end: slab.end };
    if (areas.free < 0)
      throw tooSmall(parameterBytes + this.blocks * this.bytes, slab, columnBytes(spec.width));
  }

  /**
   * Calls `work` for all pieces, or parts of them, from a row of theirs on. What belongs to a block that the task before
   * began comes last, once that task has handed it on: so that tasks wait for little, and a block's rows come in order.
   * @throws ChainBroken when that task failed
   */
  inOrder(
    chain: BlockChain | null | undefined,
    context: WorkerContext,
    work: (piece: Piece, from: number) => void,
  ): void {
    if (!chain) {
      for (const piece of this.pieces) work(piece, 0);
      return;
    }
    const turnstile = new Turnstile(chain.turnstile);
    const { blockRows } = this.spec;
    const boundary = Math.ceil(this.begin / blockRows) * blockRows;
    for (const piece of this.pieces) {
      const from = Math.max(0, boundary - piece.firstRow);
      if (from < piece.rows) work(piece, from);
    }
    if (stageClock.during('wait', () => turnstile.wait(chain.turn)) === null) throw new ChainBroken();
    if (boundary > this.begin) context.bytes.set(new Uint8Array(chain.open), this.address);
    for (const piece of this.pieces) {
      const rows = Math.min(piece.rows, boundary - piece.firstRow);
      if (rows > 0) work({ ...piece, rows }, 0);
    }
    if (this.isOpen) new Uint8Array(chain.open).set(this.copy(context, this.blocks - 1, this.blocks));
    turnstile.pass(chain.turn, 0);
  }

  /** Whether the last block goes on behind the last piece. */
  private get isOpen(): boolean {
    return this.end % this.spec.blockRows !== 0;
  }

  /** Calls `visit` for the rows of each block among `rows` rows of the file from `firstRow` on. */
  each(firstRow: number, rows: number, visit: (block: number, from: number, rows: number) => void): void {
    const { blockRows } = this.spec;
    for (let row = 0; row < rows; ) {
      const block = Math.floor((firstRow + row) / blockRows);
      const count = Math.min(rows - row, (block + 1) * blockRows - firstRow - row);
      visit(this.address + (block - this.first) * this.bytes, row, count);
      row += count;
    }
  }

  /** The addresses of all blocks. */
  *all(): Generator<number> {
    for (let block = 0; block < this.blocks; block++) yield this.address + block * this.bytes;
  }

  fill(context: WorkerContext, value: number): void {
    context.bytes.fill(value, this.address, this.address + this.blocks * this.bytes);
  }

  /** Copies for the coordinator. */
  take(chain: BlockChain | null | undefined, context: WorkerContext): Omit<ColumnResult, 'unseen'> {
    const copy = (from: number, to: number): Float64Array =>
      new Float64Array(this.copy(context, from, to).buffer);
    if (!chain) return { blocks: copy(0, this.blocks) };
    const closed = this.isOpen ? this.blocks - 1 : this.blocks;
    return { blocks: copy(0, closed), open: copy(closed, this.blocks) };
  }

  private copy({ bytes }: WorkerContext, from: number, to: number): Uint8Array<ArrayBuffer> {
    const copy = new Uint8Array((to - from) * this.bytes);
    copy.set(bytes.subarray(this.address + from * this.bytes, this.address + to * this.bytes));
    return copy;
  }
}

/** Where rows of an area begin, and the bytes from one row to the next, or from one column. */
function placeOf(spec: TransformSpec, area: Area, row: number): readonly [address: number, stride: number] {
  return spec.sourceForm === 'columns'
    ? [area.address + row * area.rowBytes, area.stride]
    : [area.address + row * area.rowBytes, area.rowBytes];
}

const inColumns = ({ sourceForm }: TransformSpec): 0 | 1 => (sourceForm === 'columns' ? 1 : 0);

/** Folds the rows of a pass into the states of their blocks. */
export function foldPass(
  spec: TransformSpec,
  pass: Pass,
  firstRow: number,
  blocks: ColumnBlocks,
  context: WorkerContext,
): void {
  const kernels = context.columns(spec.dtype);
  blocks.each(firstRow, pass.rows, (state, row, rows) => {
    const [address, stride] = placeOf(spec, pass.cast, row);
    kernels.fold_columns(inColumns(spec), address, stride, rows, spec.inner, state);
  });
}

/** Computes the results of a pass; returns the largest difference, of op `both`. */
export function applyPass(
  spec: TransformSpec,
  pass: Pass,
  firstRow: number,
  blocks: ColumnBlocks,
  context: WorkerContext,
): number {
  const kernels = context.columns(spec.dtype);
  const op = OPS[spec.op].code;
  let difference = 0;
  blocks.each(firstRow, pass.rows, (sums, row, rows) => {
    const source = placeOf(spec, pass.cast, row);
    const target = placeOf(spec, pass.probsComputed ?? (pass.logProbsComputed as Area), row);
    const logs = pass.logProbsComputed ? placeOf(spec, pass.logProbsComputed, row) : ([0, 0] as const);
    const found = kernels.apply_columns(
      ...([
        op,
        inColumns(spec),
        ...source,
        ...target,
        ...logs,
        rows,
        spec.inner,
        blocks.parameters,
        sums,
      ] as const),
    );
    difference = Math.max(difference, found);
  });
  return difference;
}

/** Adds the stored results of a pass to the sums of their blocks. */
export function addPass(
  spec: TransformSpec,
  pass: Pass,
  firstRow: number,
  blocks: ColumnBlocks,
  context: WorkerContext,
): void {
  const kernels = context.columns(spec.dtype);
  const ofLogs = OPS[spec.op].sums === 'exponentials' ? 1 : 0;
  blocks.each(firstRow, pass.rows, (sums, row, rows) => {
    const [address, stride] = placeOf(spec, pass.cast, row);
    kernels.add_columns(ofLogs, inColumns(spec), address, stride, rows, spec.inner, sums);
  });
}
