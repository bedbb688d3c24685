import { COLUMN_ARRAYS, columnArrayBytes } from '../src/columns/arrays.ts';
import { OP_CODES } from '../src/kernels.ts';
import { SCRATCH_BYTES, SlabAreas, type SlabRange } from '../src/memory.ts';
import type { OverRows, Piece, TransformSpec } from '../src/tasks.ts';
import type { WorkerContext } from './context.ts';
import { type Area, type Pass, tooSmall } from './pass.ts';

/** What a task keeps in the slab of each of its blocks of rows, and of its columns. */
export class ColumnBlocks {
  readonly parameters: number;
  /** What is left of the slab. */
  readonly slab: SlabRange;
  private readonly first: number;
  private readonly blocks: number;
  private readonly bytes: number;
  private readonly address: number;
  private readonly spec: OverRows;

  constructor(spec: OverRows, pieces: readonly Piece[], arrays: 'states' | 'sums', slab: SlabRange) {
    const last = pieces[pieces.length - 1];
    this.spec = spec;
    this.first = Math.floor(pieces[0].firstRow / spec.blockRows);
    this.blocks = Math.floor((last.firstRow + last.rows - 1) / spec.blockRows) - this.first + 1;
    this.bytes = columnArrayBytes(spec.width) * COLUMN_ARRAYS[arrays];
    const parameterBytes = arrays === 'sums' ? columnArrayBytes(spec.width) * COLUMN_ARRAYS.parameters : 0;
    const areas = new SlabAreas(slab);
    areas.take(SCRATCH_BYTES);
    this.parameters = areas.take(parameterBytes);
    this.address = areas.take(this.blocks * this.bytes);
    this.slab = { start: areas.take(0), end: slab.end };
    if (areas.free < 0) throw tooSmall(parameterBytes + this.blocks * this.bytes, slab);
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

  /** A copy for the coordinator. */
  take({ bytes }: WorkerContext): Float64Array {
    const copy = new Uint8Array(this.blocks * this.bytes);
    copy.set(bytes.subarray(this.address, this.address + copy.length));
    return new Float64Array(copy.buffer);
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
  const op = OP_CODES[spec.op];
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
