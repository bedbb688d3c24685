import type { DerivedKernels } from '../../src/kernels/derived.ts';
import type { WorkerContext } from '../context.ts';

/** Slices of numbers in the slab, in one of the forms of DerivedKernels. */
export type Slices = { source: number; slices: number } & (
  | { form: 'rows'; classes: number }
  | { form: 'columns'; classes: number; stride: number }
  | { form: 'ragged'; offsets: number; offsetBytes: 4 | 8 }
);

/** `count` of them, from the one at `first` on. @param size of a number, in bytes */
export function someSlices(
  of: Slices,
  first: number,
  count: number,
  size: number,
  { view }: WorkerContext,
): Slices {
  const some = { ...of, slices: count };
  if (of.form === 'columns') return { ...some, source: of.source + first * size };
  if (of.form === 'rows') return { ...some, source: of.source + first * of.classes * size };
  const offsets = of.offsets + first * of.offsetBytes;
  const before =
    of.offsetBytes === 8 ? Number(view.getBigInt64(offsets, true)) : view.getInt32(offsets, true);
  return { ...of, slices: count, offsets, source: of.source + before * size };
}

/** Calls a kernel in the form of the slices; `rest` are its arguments behind those that say where they lie. */
export function onSlices(
  kernels: DerivedKernels,
  name: 'statistics' | 'topk_rest' | 'gather',
  size: number,
  of: Slices,
  ...rest: readonly number[]
): void {
  const kernel = kernels[`${name}_${of.form}`] as (...numbers: number[]) => void;
  if (of.form === 'rows') kernel(size, of.source, of.slices, of.classes, ...rest);
  else if (of.form === 'columns') kernel(size, of.source, of.stride, of.slices, of.classes, ...rest);
  else kernel(size, of.source, of.offsets, of.offsetBytes, of.slices, ...rest);
}
