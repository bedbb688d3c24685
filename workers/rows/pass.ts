import type { Piece } from '../../src/layout/pieces.ts';
import type { Work } from '../../src/memory/slabs.ts';
import { PASS_BYTES, SCRATCH_BYTES, SlabAreas, type SlabRange } from '../../src/memory/slabs.ts';
import { DTYPE_BYTES } from '../../src/ops/dtypes.ts';
import type { ResultName } from '../../src/ops/op.ts';
import { OPS } from '../../src/ops/ops.ts';
import { bytesOfWork, isCast, kernelForm, passSize } from '../../src/tasks/pass-size.ts';
import type { TransformSpec } from '../../src/tasks/spec.ts';
import { takeSliceColumns, takeStatistics } from '../results/slice-columns.ts';
import { tooSmall } from '../too-small.ts';

/** A block of values in the slab: one run of rows, or one run a class. All in bytes. */
export interface Area {
  address: number;
  /** From one class's run to the next; 0 when there is one run. */
  stride: number;
  runBytes: number;
  /** Of one row in one run. */
  rowBytes: number;
}

/** Takes what the kernels of a job need to compute rows of so many classes. */
export function takeWork(
  areas: SlabAreas,
  spec: Pick<TransformSpec, 'dtype' | 'op'>,
  form: 'rows' | 'columns',
  classes: number,
): Work {
  const bytes = bytesOfWork(spec, form, classes);
  return { address: areas.take(bytes), bytes };
}

/** What one pass over the slab does: `rows` rows of a piece from `row` on, and where everything lies. */
export interface Pass {
  row: number;
  rows: number;
  /** Sums in one row. */
  slices: number;
  scratch: number;
  /** Where the float16 kernels compute. */
  work: Work;
  result: number;
  sums: number;
  /** Of each column of slices; row_sum's is `sums`. */
  sliceColumns: readonly number[];
  /** Room for the statistics of some slices at a time. */
  statistics: number;
  bitmap: number;
  /** Room for the widest bitmap of the input over these rows; 0 when it has none. */
  bits: number;
  /** As read. */
  source: Area;
  /** Cast to the dtype of the computation, which then happens in place; the source itself where it has that dtype. */
  cast: Area;
  /** In the dtype of the computation, still in the source's form. */
  probsComputed: Area | null;
  logProbsComputed: Area | null;
  /** As written. */
  probs: Area | null;
  logProbs: Area | null;
}

/**
 * Divides a slab for the next pass over a piece.
 * @throws LogitmillError MEMORY_TOO_SMALL when not even one row fits
 */
export function planPass(spec: TransformSpec, piece: Piece, row: number, slab: SlabRange): Pass {
  const slices = spec.overRows ? 0 : spec.outer * spec.inner;
  const values = spec.outer * spec.length * spec.inner;
  const sizes = { source: DTYPE_BYTES[spec.sourceDtype], target: DTYPE_BYTES[spec.dtype] };
  const rows = rowsOfPass(spec, piece.rows - row, slab);
  if (rows < 1) {
    const { rowBytes, fixed } = passSize(spec);
    throw tooSmall(rowBytes + fixed, slab);
  }
  const areas = new SlabAreas(slab);
  const area = (form: 'rows' | 'columns' | 'ragged', size: number, position?: number): Area => {
    if (form !== 'columns') {
      const runBytes = rows * values * size;
      return { address: areas.take(runBytes, position), stride: 0, runBytes, rowBytes: values * size };
    }
    // An odd multiple of the cache line keeps the runs of different classes out of each other's cache sets.
    const stride = (Math.ceil((rows * size) / 64) | 1) * 64;
    return { address: areas.take(stride * values), stride, runBytes: rows * size, rowBytes: size };
  };
  const scratch = areas.take(SCRATCH_BYTES);
  const work = takeWork(areas, spec, kernelForm(spec), spec.length);
  const result = areas.take(64);
  const bitmap = areas.take(Math.ceil(rows / 8));
  const perRow = piece.validity.reduce((most, level) => Math.max(most, level.perRow), 0);
  const bits = perRow === 0 ? 0 : areas.take(Math.ceil((rows * perRow) / 8) + 16);
  const sums = areas.take(rows * slices * 8);
  const sliceColumns = takeSliceColumns(areas, spec, rows * slices, sums);
  const statistics = takeStatistics(areas, spec);
  const first = (piece.rowInBatch + row) * values * sizes.source;
  const position = piece.values.length === 1 ? piece.values[0] + first : undefined;
  const source = area(spec.sourceForm, sizes.source, position);
  const computed = isCast(spec) ? area(spec.sourceForm, sizes.target) : source;
  // By the op, not by what the piece has places for: without classes there is no column of them.
  const { results } = OPS[spec.op];
  const placed = results.map((_, index) => (index === 0 ? computed : area(spec.sourceForm, sizes.target)));
  const computedOf = (result: ResultName): Area | null => placed[results.indexOf(result)] ?? null;
  const [probsComputed, logProbsComputed] = [computedOf('probs'), computedOf('log_probs')];
  const asWritten = (result: Area | null): Area | null =>
    result && spec.targetForm !== spec.sourceForm ? area(spec.targetForm, sizes.target) : result;
  return {
    ...{
      row,
      rows,
      slices,
      scratch,
      work,
      result,
      sums,
      sliceColumns,
      statistics,
      bitmap,
      bits,
      source,
      probsComputed,
      logProbsComputed,
    },
    cast: computed,
    probs: asWritten(probsComputed),
    logProbs: asWritten(logProbsComputed),
  };
}

/** Whether the slab holds one row at least. */
export function rowFits(spec: TransformSpec, slab: SlabRange): boolean {
  return rowsOfPass(spec, 1, slab) === 1;
}

function rowsOfPass(spec: TransformSpec, left: number, slab: SlabRange): number {
  const { rowBytes, fixed } = passSize(spec);
  const most = Math.floor((slab.end - slab.start - fixed) / rowBytes);
  const fitting = most >= 8 ? Math.floor(most / 8) * 8 : most;
  const sourceBytes = spec.outer * spec.length * spec.inner * DTYPE_BYTES[spec.sourceDtype];
  const wished = Math.max(8, Math.floor(PASS_BYTES / Math.max(1, sourceBytes) / 8) * 8);
  // Short runs make many small reads: a wide table's pass is as long as memory allows, up to 32 KiB a run.
  const inRuns = spec.sourceForm === 'columns' || spec.targetForm === 'columns' ? 8192 : 0;
  return Math.max(0, Math.min(left, fitting, Math.max(wished, inRuns)));
}
