import { CAST_TYPES } from '../../src/kernels/convert.ts';
import { DTYPE_BYTES, isDecimal, type SourceDtype } from '../../src/ops/dtypes.ts';
import type { Dtype } from '../../src/options/types.ts';
import type { TransformSpec } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import { exactNumber } from '../csv/exact-number.ts';

/** Casts `count` values as they were read to the dtype of the computation, each rounded once. */
export function castValues(
  spec: Pick<TransformSpec, 'sourceDtype' | 'scale' | 'dtype'>,
  source: number,
  target: number,
  count: number,
  context: WorkerContext,
  type: number | undefined = codeOf(spec.sourceDtype),
): void {
  if (type === undefined) castDecimals(spec, source, target, count, context);
  else context.convert.cast(source, type, target, CAST_TYPES[spec.dtype], count);
}

/** Of what the kernel casts; decimals are not among it. */
function codeOf(dtype: SourceDtype): number | undefined {
  return isDecimal(dtype) ? undefined : CAST_TYPES[dtype as keyof typeof CAST_TYPES];
}

/** 10^22 is the largest power of ten that a float64 holds. */
const LARGEST_EXACT = 22;

/** A decimal is a whole number of 32 to 256 bits times 10^-scale. */
function castDecimals(
  { sourceDtype, scale = 0, dtype }: Pick<TransformSpec, 'sourceDtype' | 'scale' | 'dtype'>,
  source: number,
  target: number,
  count: number,
  { view }: WorkerContext,
): void {
  const bytes = DTYPE_BYTES[sourceDtype];
  const size = DTYPE_BYTES[dtype];
  const power = 10 ** Math.abs(scale);
  const isPlain = dtype !== 'float16' && scale >= 0 && scale <= LARGEST_EXACT;
  for (let index = 0; index < count; index++) {
    const [from, to] = [source + index * bytes, target + index * size];
    const whole = isPlain ? smallInteger(view, from, bytes) : Number.NaN;
    const value = whole / power;
    if (!Number.isNaN(whole) && (dtype === 'float64' || !isHalfway(value))) {
      if (dtype === 'float64') view.setFloat64(to, value, true);
      else view.setFloat32(to, value, true);
      continue;
    }
    store(view, to, exactNumber(`${integerAt(view, from, bytes)}e${-scale}`, dtype), dtype);
  }
}

const BITS = new DataView(new ArrayBuffer(8));

/** Whether a float64 lies halfway between two float32, so that the number that it stands for may be to one side. */
function isHalfway(value: number): boolean {
  BITS.setFloat64(0, value);
  return (BITS.getUint32(4) & 0x1fffffff) === 0x10000000;
}

/** The whole number, where a float64 is sure to hold it; else NaN. */
function smallInteger(view: DataView, at: number, bytes: number): number {
  if (bytes === 4) return view.getInt32(at, true);
  const [low, high] = [view.getUint32(at, true), view.getInt32(at + 4, true)];
  for (let word = 8; word < bytes; word += 4)
    if (view.getInt32(at + word, true) !== high >> 31) return Number.NaN;
  return high >= -(2 ** 20) && high < 2 ** 20 ? high * 2 ** 32 + low : Number.NaN;
}

function integerAt(view: DataView, at: number, bytes: number): bigint {
  if (bytes === 4) return BigInt(view.getInt32(at, true));
  let value = view.getBigInt64(at + bytes - 8, true);
  for (let word = bytes - 16; word >= 0; word -= 8)
    value = (value << 64n) | view.getBigUint64(at + word, true);
  return value;
}

function store(view: DataView, at: number, bits: bigint, dtype: Dtype): void {
  if (dtype === 'float64') view.setBigUint64(at, bits, true);
  else if (dtype === 'float32') view.setUint32(at, Number(bits), true);
  else view.setUint16(at, Number(bits), true);
}
