import { PIECE_UNIT } from '../../src/kernels/long-row.ts';
import type { SoftmaxKernels } from '../../src/kernels/softmax.ts';
import { SUM_CODES } from '../../src/kernels/softmax.ts';
import { PASS_BYTES, SCRATCH_BYTES, type SlabAreas } from '../../src/memory/slabs.ts';
import { DTYPE_BYTES } from '../../src/ops/dtypes.ts';
import { OPS } from '../../src/ops/ops.ts';
import type { TransformResult } from '../../src/tasks/results.ts';
import type { TransformSpec } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import { type InputPart, type OutputPart, readInput, writeOutput } from '../io/files.ts';
import type { SliceOuts } from '../results/derive.ts';
import { SliceInPieces } from '../results/slice-in-pieces.ts';
import { tooSmall } from '../too-small.ts';
import { castValues } from './cast.ts';
import { takeWork } from './pass.ts';
import { hasOutside, mark, noteWider } from './range.ts';

/** Where a task reads and writes. */
export interface Files {
  input: InputPart;
  output: OutputPart;
}

/** Bits of a bitmap in the input: the first is bit `bit` of the byte at `position`. */
export interface BitRun {
  position: number;
  bit: number;
}

/** Values that sum to one, too many for the slab: where they stand in the files, in bytes. */
export interface LongSlice {
  classes: number;
  source: number;
  /** -1: not wanted. */
  probs: number;
  logProbs: number;
  /** Whose unset bits make an element -inf. */
  masks: readonly BitRun[];
  /** All elements are -inf. */
  isMasked: boolean;
}

/** Reads a slice in pieces, as often as it is wanted, cast and masked. */
class Pieces {
  private readonly input: InputPart;
  private readonly spec: TransformSpec;
  private readonly slice: LongSlice;
  private readonly context: WorkerContext;
  /** Elements of a piece, and where it is read, cast, and has its second result. */
  private readonly most: number;
  private readonly source: number;
  private readonly cast: number;
  private readonly bits: number;
  readonly second: number;
  readonly kernels: SoftmaxKernels;

  constructor(
    input: InputPart,
    spec: TransformSpec,
    slice: LongSlice,
    areas: SlabAreas,
    context: WorkerContext,
  ) {
    this.input = input;
    this.spec = spec;
    this.slice = slice;
    this.context = context;
    const [sourceSize, size] = [DTYPE_BYTES[spec.sourceDtype], DTYPE_BYTES[spec.dtype]];
    const isCast = spec.sourceDtype !== spec.dtype;
    const free = areas.fork();
    this.kernels = context.softmax(spec.dtype, takeWork(free, spec, 'rows', 0));
    const perElement = sourceSize + (isCast ? size : 0) + (OPS[spec.op].results.length - 1) * size + 1 / 8;
    const fitting = Math.min((free.free - 5 * 4096) / perElement, PASS_BYTES / sourceSize);
    this.most = Math.floor(fitting / PIECE_UNIT) * PIECE_UNIT;
    if (this.most <= 0) throw tooSmall(PIECE_UNIT * 64 + SCRATCH_BYTES, context.slab, context.setApart);
    this.source = free.take(this.most * sourceSize, slice.source);
    this.cast = isCast ? free.take(this.most * size) : this.source;
    this.second = OPS[spec.op].results.length === 2 ? free.take(this.most * size) : 0;
    this.bits = free.take(this.most / 8 + 16);
  }

  /** @param step gets a piece's address, and of how many elements it is, from which on */
  readEach(step: (address: number, count: number, first: number) => void): void {
    for (let first = 0; first < this.slice.classes; first += this.most) {
      const count = Math.min(this.most, this.slice.classes - first);
      this.read(first, count);
      step(this.cast, count, first);
    }
  }

  private read(first: number, count: number): void {
    const { input, spec, slice, source, cast, context } = this;
    const { bytes, convert } = context;
    const size = DTYPE_BYTES[spec.sourceDtype];
    readInput(input, bytes.subarray(source, source + count * size), slice.source + first * size);
    if (cast !== source) castValues(spec, source, cast, count, context);
    if (slice.isMasked) {
      bytes.fill(0, this.bits, this.bits + Math.ceil(count / 8));
      convert.mask_nulls(cast, count, DTYPE_BYTES[spec.dtype], this.bits, 0);
    }
    for (const { position, bit } of slice.masks) {
      const offset = readBits(input, { position, bit: bit + first }, count, this.bits, context);
      convert.mask_nulls(cast, count, DTYPE_BYTES[spec.dtype], this.bits, offset);
    }
  }
}

/** Reads `count` bits into the slab; returns the bit at which they begin there. */
export function readBits(
  input: InputPart,
  { position, bit }: BitRun,
  count: number,
  address: number,
  { bytes }: WorkerContext,
): number {
  const offset = bit % 8;
  const length = Math.ceil((offset + count) / 8);
  readInput(input, bytes.subarray(address, address + length), position + Math.floor(bit / 8));
  return offset;
}

/** Unsets bit 0 of `bitmap` when one of `count` bits in the input is unset. */
export function clearIfNull(
  input: InputPart,
  { position, bit }: BitRun,
  count: number,
  bitmap: number,
  areas: SlabAreas,
  context: WorkerContext,
): void {
  const most = PASS_BYTES / 8;
  const address = areas.fork().take(most / 8 + 16);
  for (let done = 0; done < count; done += most) {
    const part = Math.min(most, count - done);
    const offset = readBits(input, { position, bit: bit + done }, part, address, context);
    context.convert.clear_rows_with_nulls(address, offset, 1, part, bitmap);
  }
}

/**
 * Computes and writes a slice; its sum and what else there is of slices go where they are to be. It is read three times over: for its largest, for the sum of the
 * exponentials, and for the results.
 * @returns the largest difference, for op `both`
 */
export function transformSlice(
  { input, output }: Files,
  spec: TransformSpec,
  slice: LongSlice,
  { sums, ...outs }: SliceOuts & { sums: number },
  areas: SlabAreas,
  context: WorkerContext,
): number {
  const pieces = new Pieces(input, spec, slice, areas, context);
  const { kernels, second } = pieces;
  const size = DTYPE_BYTES[spec.dtype];
  kernels.row_begin(OPS[spec.op].code, slice.classes);
  const derived = new SliceInPieces(spec, outs, context);
  pieces.readEach((address, count) => {
    kernels.row_extremes(address, count);
    derived.scan(address, count);
  });
  derived.endScan();
  if (kernels.row_has_results()) {
    // All that is derived comes before the exponentials: from there on, the op keeps numbers in the kernels' scratch.
    if (derived.needsSums) pieces.readEach((address, count, first) => derived.sum(address, count, first));
    if (derived.endSums()) pieces.readEach((address, count) => derived.rest(address, count));
    pieces.readEach((address, count) => kernels.row_exponentials(address, count));
    if (kernels.row_needs_others()) pieces.readEach((address, count) => kernels.row_others(address, count));
  } else derived.endSums();
  derived.endRest();
  const write = (address: number, count: number, position: number): void =>
    writeOutput(output, context.bytes.subarray(address, address + count * size), position);
  let difference = 0;
  pieces.readEach((address, count, first) => {
    difference = Math.max(difference, kernels.row_results(address, address, second, count));
    for (const [index, result] of OPS[spec.op].results.entries())
      derived.pick(result, index === 0 ? address : second, count, first);
    if (slice.probs >= 0) write(address, count, slice.probs + first * size);
    if (slice.logProbs >= 0) write(slice.probs >= 0 ? second : address, count, slice.logProbs + first * size);
  });
  kernels.row_end(sums);
  return difference;
}

/** Adds up a stored slice; its sum goes to `sums`, or NaN where a value is none that a result can be. */
export function sumSlice(
  input: InputPart,
  spec: TransformSpec,
  slice: LongSlice,
  sums: number,
  areas: SlabAreas,
  result: Pick<TransformResult, 'isWider'>,
  context: WorkerContext,
): void {
  const pieces = new Pieces(input, spec, slice, areas, context);
  pieces.kernels.stored_begin(SUM_CODES[OPS[spec.op].sums]);
  let isOutside = false;
  pieces.readEach((address, count) => {
    isOutside ||= hasOutside(spec, address, count, context);
    noteWider(spec, address, count, result, context);
    pieces.kernels.stored_piece(address, count);
  });
  pieces.kernels.stored_end(sums);
  if (isOutside) mark(sums, context);
}
