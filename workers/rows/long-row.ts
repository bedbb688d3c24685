import type { Piece, SourceValidity } from '../../src/layout/pieces.ts';
import { SCRATCH_BYTES, SlabAreas, type SlabRange } from '../../src/memory/slabs.ts';
import { DTYPE_BYTES } from '../../src/ops/dtypes.ts';
import { bytesToCheck, tileOf } from '../../src/tasks/pass-size.ts';
import type { TransformSpec } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import type { InputPart, OutputPart } from '../io/files.ts';
import { clearNulls } from '../results/derive.ts';
import { derivePass, pickPass } from '../results/derive-pass.ts';
import { type SliceRows, takeSliceColumns, takeStatistics } from '../results/slice-columns.ts';
import { tooSmall } from '../too-small.ts';
import { compute } from './compute.ts';
import { eachPass } from './each-pass.ts';
import { clearIfNull, type LongSlice, readBits, sumSlice, transformSlice } from './long-slice.ts';
import { type Pass, rowFits } from './pass.ts';
import { applyNulls, castSource } from './prepare.ts';
import { sumValues } from './stored.ts';
import type { CheckedRows, Tally } from './tally.ts';
import { writeTargets } from './targets.ts';

/** Whether the rows of this job are longer than the slab, and lie in one run each. */
export function isLongRow(spec: TransformSpec, slab: SlabRange): boolean {
  return !spec.overRows && spec.sourceForm === 'rows' && spec.targetForm === 'rows' && !rowFits(spec, slab);
}

export class LongRow {
  private readonly input: InputPart;
  /** Null: what is there is added up. */
  private readonly output: OutputPart | null;
  private readonly spec: TransformSpec;
  private readonly piece: Piece;
  private readonly row: number;
  private readonly context: WorkerContext;
  private readonly tally: Tally;
  /** Of all slices, as bytes: a NaN's payload says why it is there. Outside the slab, which every slice needs. */
  private readonly sums: Uint8Array;
  /** The same of the columns of slices: row_sum's are the sums. */
  private readonly sliceColumns: readonly Uint8Array[];

  constructor(
    input: InputPart,
    output: OutputPart | null,
    spec: TransformSpec,
    piece: Piece,
    row: number,
    context: WorkerContext,
    tally: Tally,
  ) {
    this.input = input;
    this.output = output;
    this.spec = spec;
    this.piece = piece;
    this.row = row;
    this.context = context;
    this.tally = tally;
    const needed = bytesToCheck(spec);
    if (needed > context.slab.end - context.slab.start)
      throw tooSmall(needed, context.slab, context.setApart);
    const slices = spec.outer * spec.inner;
    const sums = new Uint8Array(slices * 8);
    this.sums = sums;
    this.sliceColumns = spec.sliceColumns.map(({ name, bytes }) =>
      name === 'row_sum' ? sums : new Uint8Array(slices * bytes),
    );
  }

  /** Whole slices as rows of their own, where they fit; else a strided one as a wide table, another one in pieces. */
  doSlices(): void {
    const { spec, context } = this;
    const alone = { ...spec, outer: 1 };
    if (rowFits(alone, context.slab)) {
      this.walk(alone, this.slicesAsRows(), 0);
      return;
    }
    for (let slice = 0; slice < spec.outer; slice++) {
      if (spec.inner > 1) this.walk(tileOf(spec), this.sliceAsTable(slice), slice * spec.inner);
      else this.inPieces(slice);
    }
  }

  /** Puts the row's sums where they can be checked, and finds out whether it is null. */
  checkedRow(): CheckedRows & Pick<Pass, 'sliceColumns'> {
    const { input, spec, piece, row, context, tally } = this;
    const areas = new SlabAreas(context.slab);
    areas.take(SCRATCH_BYTES);
    const [result, bitmap, sums] = [areas.take(64), areas.take(1), areas.take(this.sums.length)];
    const slices = this.sums.length / 8;
    const sliceColumns = takeSliceColumns(areas, spec, slices, sums);
    context.bytes.set(this.sums, sums);
    for (const [index, address] of sliceColumns.entries())
      context.bytes.set(this.sliceColumns[index], address);
    tally.openBitmap(context, bitmap, 1);
    let hasNulls = false;
    for (const level of piece.validity) {
      if (spec.maskNulls && level.run >= 0) continue;
      const first = { position: level.position, bit: level.bit + row * level.perRow };
      clearIfNull(input, first, level.perRow, bitmap, areas, context);
      hasNulls = true;
    }
    const { batch, firstRow } = piece;
    if (hasNulls) clearNulls(spec, { rows: 1, slices, bitmap }, sliceColumns, context);
    const checked = { batch, firstRow: firstRow + row, rows: 1, slices, sums, bitmap, result, hasNulls };
    return { ...checked, sliceColumns };
  }

  /** Where an element of the row stands in each file. */
  private places(element: number): { source: number; probs: number; logProbs: number } {
    const { spec, piece, row } = this;
    const index = (piece.rowInBatch + row) * spec.outer * spec.length * spec.inner + element;
    const at = (positions: Float64Array | null, size: number): number =>
      positions ? positions[0] + index * size : -1;
    const size = DTYPE_BYTES[spec.dtype];
    return {
      source: at(piece.values, DTYPE_BYTES[spec.sourceDtype]),
      probs: at(piece.probs, size),
      logProbs: at(piece.logProbs, size),
    };
  }

  /** The bitmaps whose nulls count as -inf. */
  private get masks(): SourceValidity[] {
    return this.spec.maskNulls ? this.piece.validity.filter(({ run }) => run >= 0) : [];
  }

  private slicesAsRows(): Piece {
    const { spec, row } = this;
    const values = spec.length * spec.inner;
    const validity = this.masks.map((level) => {
      const perRow = values / level.valuesPerBit;
      if (!Number.isInteger(perRow)) throw this.cannot();
      return { ...level, perRow, bit: level.bit + row * level.perRow };
    });
    const { source, probs, logProbs } = this.places(0);
    return this.part(
      spec.outer,
      validity,
      [source],
      probs < 0 ? null : [probs],
      logProbs < 0 ? null : [logProbs],
    );
  }

  /** The classes are columns, the indices inside them rows. */
  private sliceAsTable(slice: number): Piece {
    const { spec, row } = this;
    const places = Array.from({ length: spec.length }, (_, index) =>
      this.places((slice * spec.length + index) * spec.inner),
    );
    const validity = this.masks.flatMap((level) => {
      if (level.valuesPerBit !== 1) throw this.cannot();
      return places.map((_, index): SourceValidity => {
        const bit = level.bit + row * level.perRow + (slice * spec.length + index) * spec.inner;
        return { position: level.position, bit, perRow: 1, valuesPerBit: 1, run: index };
      });
    });
    return this.part(
      spec.inner,
      validity,
      places.map(({ source }) => source),
      this.piece.probs && places.map(({ probs }) => probs),
      this.piece.logProbs && places.map(({ logProbs }) => logProbs),
    );
  }

  private part(
    rows: number,
    validity: SourceValidity[],
    source: number[],
    probs: number[] | null,
    logProbs: number[] | null,
  ): Piece {
    const { batch, firstRow } = this.piece;
    const packed = (list: number[] | null): Float64Array | null => list && Float64Array.from(list);
    return {
      ...{ batch, firstRow, rowInBatch: 0, rows, validity },
      values: Float64Array.from(source),
      lists: null,
      probs: packed(probs),
      logProbs: packed(logProbs),
      sliceColumns: [],
      bitmap: -1,
    };
  }

  /** Does a part of the row as rows of their own, whose sums are those from `firstSum` on. */
  private walk(spec: TransformSpec, part: Piece, firstSum: number): void {
    const { input, output, context, tally } = this;
    const rows = { input, spec, piece: part, slab: context.slab, result: tally.result };
    eachPass(rows, context, (pass) => {
      if (output === null) sumValues(spec, pass, context);
      else {
        castSource(spec, pass, part.values.length, context);
        applyNulls(input, spec, part, pass, context);
        derivePass(spec, pass, context);
        compute(spec, pass, context, tally);
        pickPass(spec, pass, context);
        writeTargets({ output }, part, pass, context, tally);
      }
      this.keep(pass, firstSum);
    });
  }

  /** What some slices came to; the first of row 0 is slice `first`. */
  private keep({ sums, row, rows, slices, sliceColumns }: SliceRows & { sums: number }, first: number): void {
    const keep = (kept: Uint8Array, address: number, bytes: number): void => {
      const values = this.context.bytes.subarray(address, address + rows * slices * bytes);
      kept.set(values, (first + row * slices) * bytes);
    };
    keep(this.sums, sums, 8);
    for (const [index, { bytes }] of this.spec.sliceColumns.entries())
      keep(this.sliceColumns[index], sliceColumns[index], bytes);
  }

  private inPieces(slice: number): void {
    const { input, output, spec, context, tally } = this;
    const areas = new SlabAreas(context.slab);
    areas.take(SCRATCH_BYTES);
    const sums = areas.take(8);
    const sliceColumns = takeSliceColumns(areas, spec, 1, sums);
    const statistics = takeStatistics(areas, spec);
    const long = this.sliceOf(slice, areas);
    if (output === null) sumSlice(input, spec, long, sums, areas, tally.result, context);
    else {
      tally.addDifference(
        transformSlice({ input, output }, spec, long, { sums, sliceColumns, statistics }, areas, context),
      );
      const written = Number(long.probs >= 0) + Number(long.logProbs >= 0);
      tally.result.outputBytes += written * spec.length * DTYPE_BYTES[spec.dtype];
    }
    tally.result.inputBytes += spec.length * DTYPE_BYTES[spec.sourceDtype];
    this.keep({ sums, sliceColumns, row: 0, rows: 1, slices: 1 }, slice);
  }

  private sliceOf(slice: number, areas: SlabAreas): LongSlice {
    const { input, spec, row, context } = this;
    const first = slice * spec.length;
    const bitOf = ({ bit, perRow, valuesPerBit }: SourceValidity): number =>
      bit + row * perRow + Math.floor(first / valuesPerBit);
    const isUnset = (level: SourceValidity): boolean => {
      const address = areas.fork().take(8);
      const bit = readBits(input, { position: level.position, bit: bitOf(level) }, 1, address, context);
      return ((context.bytes[address] >> bit) & 1) === 0;
    };
    return {
      classes: spec.length,
      ...this.places(first),
      masks: this.masks
        .filter(({ valuesPerBit }) => valuesPerBit === 1)
        .map((level) => ({ position: level.position, bit: bitOf(level) })),
      isMasked: this.masks.some((level) => level.valuesPerBit > 1 && isUnset(level)),
    };
  }

  private cannot(): Error {
    const { spec, context } = this;
    return tooSmall(
      spec.outer * spec.length * spec.inner * DTYPE_BYTES[spec.dtype] * 2,
      context.slab,
      context.setApart,
    );
  }
}
