import type { Field } from '../arrow/types.ts';
import type { Dtype } from '../options/types.ts';

/** What a logits value is before any cast. */
export type SourceDtype =
  | Dtype
  | 'bfloat16'
  | `decimal${32 | 64 | 128 | 256}`
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64';

export const DTYPE_BYTES: Readonly<Record<SourceDtype, 1 | 2 | 4 | 8 | 16 | 32>> = {
  float16: 2,
  bfloat16: 2,
  float32: 4,
  float64: 8,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  decimal32: 4,
  decimal64: 8,
  decimal128: 16,
  decimal256: 32,
};

/** The dtype of a plain numeric field, or null when it is something else. */
export function scalarDtype(field: Field): SourceDtype | null {
  const { type } = field;
  if (field.dictionary) return null;
  if (type.id === 'float') return `float${type.bitWidth}`;
  if (type.id === 'int') return `${type.signed ? 'int' : 'uint'}${type.bitWidth}` as SourceDtype;
  if (type.id === 'decimal') return `decimal${type.bitWidth}` as SourceDtype;
  return null;
}

export const isDecimal = (dtype: SourceDtype): boolean => dtype.startsWith('decimal');

export const isFloat = (dtype: SourceDtype | null | undefined): boolean =>
  dtype?.startsWith('float') ?? false;
