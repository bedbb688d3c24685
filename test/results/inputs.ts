import type { Field } from '../../src/arrow/types.ts';
import type { Dtype } from '../../src/options/types.ts';
import { assemble, buildFile, field } from '../arrow/build.ts';

/** Logits of a row in row-major order; null: the row, or an element, is null. */
export type Row = readonly (number | null)[] | null;

const HALF = new DataView(new ArrayBuffer(4));

/** A float32 that a half holds, as its bits; subnormal halves are left out. */
function halfBits(x: number): number {
  HALF.setFloat32(0, x);
  const single = HALF.getUint32(0);
  const sign = (single >>> 16) & 0x8000;
  if (Number.isNaN(x)) return 0x7e00;
  if (Math.abs(x) === Number.POSITIVE_INFINITY) return sign | 0x7c00;
  return x === 0 ? sign : sign | (((single & 0x7fffffff) >> 13) - (112 << 10));
}

function packed(values: readonly number[], dtype: Dtype): Uint16Array | Float32Array | Float64Array {
  if (dtype === 'float64') return Float64Array.from(values);
  return dtype === 'float32' ? Float32Array.from(values) : Uint16Array.from(values, halfBits);
}

/** A validity bitmap, and how many bits are unset: none at all where no bit is. */
function validity(bits: readonly boolean[]): { bitmap: Uint8Array | null; nulls: number } {
  const nulls = bits.filter((bit) => !bit).length;
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (const [index, bit] of bits.entries()) bytes[index >> 3]! |= Number(bit) << (index & 7);
  return { bitmap: nulls === 0 ? null : bytes, nulls };
}

/** Nodes and buffers of a column, in the order of the format's walk. */
class Parts {
  readonly nodes: number[] = [];
  readonly buffers: (ArrayBufferView | null)[] = [];

  node(bits: readonly boolean[]): void {
    const { bitmap, nulls } = validity(bits);
    this.nodes.push(bits.length, nulls);
    this.buffers.push(bitmap);
  }
}

export type ArrowForm = 'list' | 'ragged' | 'wide';

/** An Arrow file of logits alone, in batches of so many rows. @param shape of a row; of variable-length lists any */
export function arrowFile(
  form: ArrowForm,
  shape: readonly number[],
  dtype: Dtype,
  rows: readonly Row[],
  batchRows: number,
): Buffer {
  const bitWidth = Number(dtype.slice('float'.length)) as 16 | 32 | 64;
  const float = (name: string): Field => field(name, { id: 'float', bitWidth });
  const classes = shape.reduce((left, right) => left * right, 1);
  const fields =
    form === 'wide'
      ? Array.from({ length: classes }, (_, index) => float(`c${index}`))
      : [
          form === 'ragged'
            ? field('logits', { id: 'list' }, { children: [float('item')] })
            : shape.reduceRight<Field>(
                (child, listSize, level) =>
                  field(
                    level === 0 ? 'logits' : 'item',
                    { id: 'fixedSizeList', listSize },
                    { children: [child] },
                  ),
                float('item'),
              ),
        ];
  const batches = [];
  for (let first = 0; first < rows.length; first += batchRows) {
    const some = rows.slice(first, first + batchRows);
    const parts = new Parts();
    const values = (of: readonly (number | null)[]): void => {
      parts.node(of.map((value) => value !== null));
      parts.buffers.push(
        packed(
          of.map((value) => value ?? 0),
          dtype,
        ),
      );
    };
    if (form === 'wide')
      for (let index = 0; index < classes; index++) values(some.map((row) => row?.[index] ?? null));
    else {
      parts.node(some.map((row) => row !== null));
      if (form === 'ragged') {
        const ends = some.map((_, index) =>
          some.slice(0, index + 1).reduce((sum, row) => sum + (row?.length ?? 0), 0),
        );
        parts.buffers.push(Int32Array.from([0, ...ends]));
        values(some.flatMap((row) => row ?? []));
      } else {
        let lists = some.length;
        for (const size of shape.slice(0, -1)) {
          lists *= size;
          parts.node(Array<boolean>(lists).fill(true));
        }
        values(some.flatMap((row) => row ?? Array<number>(classes).fill(1)));
      }
    }
    batches.push(assemble(some.length, parts.nodes, parts.buffers));
  }
  return buildFile({ schema: { fields, metadata: [] }, batches });
}

/** A text with a column a class. */
export function csvText(rows: readonly Row[], classes: number): string {
  const header = Array.from({ length: classes }, (_, index) => `c${index}`).join(',');
  const lines = rows.map((row) =>
    Array.from({ length: classes }, (_, index) => row?.[index] ?? '').join(','),
  );
  return `${[header, ...lines].join('\n')}\n`;
}
