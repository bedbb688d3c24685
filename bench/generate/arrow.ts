import fs from 'node:fs';
import { encodeFileEnd, encodeFileStart } from '../../src/arrow/encode.ts';
import { encodeBatchMessage } from '../../src/arrow/encode-batch.ts';
import { roundUp } from '../../src/arrow/framing.ts';
import type { Block, Field, Schema } from '../../src/arrow/types.ts';
import { type LogitSource, logitSource } from './random.ts';

export type FloatType = 'float16' | 'float32' | 'float64';

export interface ArrowShape {
  rows: number;
  classes: number;
  dtype: FloatType;
  /** One list column `logits`, or one column a class: `logit_0`, … */
  layout: 'list' | 'wide';
  rowsPerBatch: number;
  seed: number;
  /** Only as many bits as bfloat16 has, which is what most models put out: such files can be compressed. */
  coarse?: boolean;
}

const BITS = { float16: 16, float32: 32, float64: 64 } as const;
export const bytesOf = (dtype: FloatType): number => BITS[dtype] / 8;

/** Numbers are made and written in pieces of this many bytes. */
const PIECE = 4 << 20;

/** Writes an Arrow file of random logits and nothing else; about 1 GB/s on a file system in memory. */
export function writeArrow(path: string, shape: ArrowShape): void {
  const schema = schemaOf(shape);
  const fd = fs.openSync(path, 'w');
  let position = 0;
  const write = (bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length; ) done += fs.writeSync(fd, bytes, done);
    position += bytes.length;
  };
  try {
    write(encodeFileStart(schema));
    const source = logitSource(shape.seed);
    const piece = new ArrayBuffer(PIECE);
    const blocks: Block[] = [];
    for (let row = 0; row < shape.rows; row += shape.rowsPerBatch) {
      const { message, bodyLength, buffers } = batch(shape, Math.min(shape.rowsPerBatch, shape.rows - row));
      blocks.push({ offset: position, metadataLength: message.length, bodyLength });
      write(message);
      for (const length of buffers) {
        for (let done = 0; done < length; done += PIECE) {
          const bytes = new Uint8Array(piece, 0, Math.min(PIECE, length - done));
          fill(bytes, shape, source);
          write(bytes);
        }
        write(new Uint8Array(roundUp(length, 64) - length));
      }
    }
    write(encodeFileEnd(schema, [], blocks, []));
  } finally {
    fs.closeSync(fd);
  }
}

function schemaOf({ dtype, layout, classes }: ArrowShape): Schema {
  const float = (name: string): Field => ({
    name,
    nullable: false,
    type: { id: 'float', bitWidth: BITS[dtype] },
    children: [],
    dictionary: null,
    metadata: [],
  });
  const list: Field = {
    ...float('logits'),
    type: { id: 'fixedSizeList', listSize: classes },
    children: [float('item')],
  };
  const fields = layout === 'list' ? [list] : Array.from({ length: classes }, (_, i) => float(`logit_${i}`));
  return { fields, metadata: [] };
}

/** A batch's header, and the lengths of the buffers that hold numbers, in bytes, in order. */
function batch({ layout, classes, dtype }: ArrowShape, rows: number) {
  const buffers = layout === 'list' ? [rows * classes] : new Array<number>(classes).fill(rows);
  const lengths = buffers.map((count) => count * bytesOf(dtype));
  const regions: number[] = layout === 'list' ? [0, 0] : [];
  let bodyLength = 0;
  for (const length of lengths) {
    regions.push(bodyLength, 0, bodyLength, length);
    bodyLength += roundUp(length, 64);
  }
  const nodes = [...(layout === 'list' ? [rows] : []), ...buffers].flatMap((count) => [count, 0]);
  const header = {
    rows,
    nodes: Float64Array.from(nodes),
    buffers: Float64Array.from(regions),
    variadicCounts: new Float64Array(0),
    compression: null,
  };
  return { message: encodeBatchMessage(header, bodyLength), bodyLength, buffers: lengths };
}

function fill(bytes: Uint8Array, { dtype, coarse }: ArrowShape, source: LogitSource): void {
  const { buffer, length } = bytes;
  if (dtype === 'float16') source.float16(new Uint16Array(buffer, 0, length / 2));
  else if (dtype === 'float64') source.float64(new Float64Array(buffer, 0, length / 8));
  else source.float32(new Float32Array(buffer, 0, length / 4));
  if (coarse) {
    const words = new Uint32Array(buffer, 0, length / 4);
    for (let i = 0; i < words.length; i++) words[i] &= 0xffff0000;
  }
}
