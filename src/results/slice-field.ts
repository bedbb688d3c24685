import type { ArrowType, Field } from '../arrow/types.ts';
import { DTYPE_BYTES } from '../ops/dtypes.ts';
import type { Dtype } from '../options/types.ts';
import type { SliceColumn, SliceType } from './result.ts';

/** Shared by all fields of a type: there may be 100,000. */
export const ARROW_TYPES: Readonly<Record<SliceType, ArrowType>> = {
  float16: { id: 'float', bitWidth: 16 },
  float32: { id: 'float', bitWidth: 32 },
  float64: { id: 'float', bitWidth: 64 },
  int32: { id: 'int', bitWidth: 32, signed: true },
};

export const SLICE_TYPE_BYTES: Readonly<Record<SliceType, number>> = {
  float16: DTYPE_BYTES.float16,
  float32: DTYPE_BYTES.float32,
  float64: DTYPE_BYTES.float64,
  int32: 4,
};

const NONE = [] as const;

export function scalarField(name: string, type: Dtype | 'int32', nullable: boolean): Field {
  return { name, nullable, type: ARROW_TYPES[type], children: NONE, dictionary: null, metadata: NONE };
}

/** A value for a row of one slice, a fixed-size list for a row of several; a value may be a list itself. */
export function sliceField({ name, type, length }: SliceColumn, slices: number, nullable: boolean): Field {
  const value = scalarField(name, type, nullable);
  const ofSlice = length === null ? value : listOf(value, length);
  return slices === 1 ? ofSlice : listOf(ofSlice, slices);
}

function listOf(field: Field, listSize: number): Field {
  const child = { ...field, name: 'item', nullable: false };
  return { ...field, type: { id: 'fixedSizeList', listSize }, children: [child] };
}
