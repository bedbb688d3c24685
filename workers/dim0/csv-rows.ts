import { isSet } from '../../src/arrow/bits.ts';
import { LogitmillError } from '../../src/errors.ts';
import { DTYPE_BYTES } from '../../src/ops/dtypes.ts';
import { OPS } from '../../src/ops/ops.ts';
import type { TransformSpec } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import type { Tile } from '../csv/layout.ts';
import type { ParsedRows } from '../csv/parser.ts';
import type { CsvReader } from '../csv/reader.ts';
import type { OpenBlock } from './open-block.ts';
import type { UnseenColumns } from './unseen-columns.ts';

interface RowsOfChunk {
  chunk: number;
  /** Counted from the start of the file. */
  firstRow: number;
}

/** The first pass of dim 0 over parsed rows. */
export function foldRows(
  spec: TransformSpec,
  parsed: ParsedRows,
  place: RowsOfChunk,
  open: OpenBlock,
  reader: CsvReader,
  context: WorkerContext,
): void {
  const kernels = context.columns(spec.dtype);
  const stride = spec.inner * DTYPE_BYTES[spec.dtype];
  open.each({ ...place, rows: parsed.rows, chain: reader.chain }, (state, row, rows) =>
    kernels.fold_columns(0, parsed.logits + row * stride, stride, rows, spec.inner, state),
  );
}

/** Takes those columns away that have an element among parsed rows. */
export function lookForElements(
  unseen: UnseenColumns,
  spec: TransformSpec,
  { rows, logitsValidity }: ParsedRows,
  { bytes }: WorkerContext,
): void {
  if (logitsValidity === 0 || spec.maskNulls) unseen.seeAll(rows);
  else {
    unseen.see(rows, (row, column) => isSet(bytes, row * spec.inner + column, logitsValidity));
  }
}

/**
 * The second pass: the matrix of logits becomes that of results, which goes to its place in the body, and is added to
 * the sums in the order of the file. Returns the largest difference, of op `both`.
 */
export function applyRows(
  spec: TransformSpec,
  tile: Tile,
  place: RowsOfChunk,
  open: OpenBlock,
  reader: CsvReader,
  context: WorkerContext,
): number {
  const { parsed, layout, areas } = tile;
  const { rows, logits } = parsed;
  if (parsed.nullLogits > 0 && spec.targetForm === 'rows' && !spec.maskNulls) {
    throw new LogitmillError(
      'UNSUPPORTED_OPTION',
      '--layout cannot change where single logits are null and --dim is 0',
      { hint: '--layout mirror, or --mask-nulls' },
    );
  }
  const kernels = context.columns(spec.dtype);
  const size = DTYPE_BYTES[spec.dtype];
  const stride = spec.inner * size;
  const op = OPS[spec.op];
  const logs = op.results.length === 2 ? areas.take(rows * stride) : 0;
  const difference = kernels.apply_columns(
    ...([op.code, 0, logits, stride, logits, stride, logs, stride] as const),
    ...([rows, spec.inner, open.parameters, open.unwanted] as const),
  );
  const ofLogs = op.sums === 'exponentials' ? 1 : 0;
  open.each({ ...place, rows, chain: reader.chain }, (sums, row, count) =>
    kernels.add_columns(ofLogs, 0, logits + row * stride, stride, count, spec.inner, sums),
  );
  const { probs, log_probs } = layout.values;
  toBody(spec, tile, logits, probs ?? log_probs, context);
  if (logs !== 0) toBody(spec, tile, logs, log_probs, context);
  return difference;
}

function toBody(
  spec: TransformSpec,
  { parsed, body }: Tile,
  matrix: number,
  offsets: Float64Array | null,
  { bytes, convert }: WorkerContext,
): void {
  if (!offsets || offsets.length === 0) return;
  const size = DTYPE_BYTES[spec.dtype];
  const { rows } = parsed;
  const stride = spec.inner * size;
  if (spec.targetForm === 'rows') {
    bytes.copyWithin(body + offsets[0], matrix, matrix + rows * stride);
    return;
  }
  const step = offsets.length > 1 ? offsets[1] - offsets[0] : rows * size;
  if (offsets.every((offset, index) => offset === offsets[0] + index * step)) {
    convert.transpose(matrix, stride, rows, spec.inner, size, body + offsets[0], step);
    return;
  }
  for (const [index, offset] of offsets.entries())
    convert.transpose(matrix + index * size, stride, rows, 1, size, body + offset, rows * size);
}
