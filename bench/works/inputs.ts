import fs from 'node:fs';
import path from 'node:path';
import { type ArrowShape, bytesOf, type FloatType, writeArrow } from '../generate/arrow.ts';
import { type CsvStyle, FIELD_BYTES, writeCsv } from '../generate/csv.ts';
import { type Input, Unavailable } from '../work.ts';
import { run } from './run.ts';

/** Of logits, in a record batch. */
const BATCH_BYTES = 16 << 20;
const SEED = 20;

export interface ArrowOptions {
  classes: number;
  bytes: number;
  dtype?: FloatType;
  layout?: 'list' | 'wide';
  coarse?: boolean;
}

export function arrowInput(options: ArrowOptions): Input {
  const { classes, bytes, dtype = 'float32', layout = 'list', coarse = false } = options;
  const rowBytes = classes * bytesOf(dtype);
  const rows = Math.max(1, Math.round(bytes / rowBytes));
  // Whole 64 bytes in every buffer, as writers have it.
  const rowsPerBatch = Math.max(1, Math.floor(BATCH_BYTES / rowBytes / 64) * 64);
  const shape: ArrowShape = { rows, classes, dtype, layout, rowsPerBatch, seed: SEED, coarse };
  return {
    name: `${layout}-${dtype}${coarse ? '-coarse' : ''}-${rows}x${classes}.arrow`,
    bytes: rows * rowBytes,
    make: (file) => writeArrow(file, shape),
  };
}

/** `input`'s bodies compressed, as pyarrow does it. */
export function compressedInput(input: Input, codec: 'lz4' | 'zstd'): Input {
  return {
    name: input.name.replace('.arrow', `.${codec}.arrow`),
    bytes: input.bytes,
    async make(file, bench) {
      if (bench.python === null)
        throw new Unavailable('its input is compressed by pyarrow, which is not here');
      const source = path.join(path.dirname(file), input.name);
      await run([bench.python, 'bench/peers/compress.py', source, file, codec]);
    },
  };
}

/** What logitmill makes of `input`, to be validated. */
export function probabilities(input: Input): Input {
  return {
    name: input.name.replace('.arrow', '.probs.arrow'),
    bytes: input.bytes,
    async make(file, bench) {
      const source = path.join(path.dirname(file), input.name);
      const [{ program }] = bench.nodes;
      await run([program, 'dist/cli.js', 'run', source, '-o', file, '--quiet', '--overwrite', '--fresh']);
    },
  };
}

export function csvInput(columns: number, style: CsvStyle, bytes: number): Input {
  const rows = Math.max(2, Math.round(bytes / columns / FIELD_BYTES[style]));
  return {
    name: `${style === '%.6f' ? 'fixed6' : 'exponent18'}-${rows}x${columns}.csv`,
    bytes: Math.round(rows * columns * FIELD_BYTES[style]),
    make: (file) => writeCsv(file, { rows, columns, style, seed: SEED }),
  };
}

/** A folder of small files of 10 classes. */
export function folderInput(files: number, rows: number): Input {
  const shape: Omit<ArrowShape, 'seed'> = {
    ...{ rows, classes: 10, dtype: 'float32', layout: 'list', rowsPerBatch: rows },
  };
  return {
    name: `folder-${files}-of-${rows}x10`,
    bytes: files * rows * 40,
    make(folder) {
      fs.mkdirSync(folder);
      for (let i = 0; i < files; i++)
        writeArrow(path.join(folder, `part-${String(i).padStart(3, '0')}.arrow`), { ...shape, seed: i });
    },
  };
}
