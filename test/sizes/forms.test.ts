// @module-tag long
/**
 * Every form at the sizes of real files: batches of 2^16 rows, as pandas writes them, buffers of 2^17, 2^24 and more
 * than 64 MiB bytes, text beside them of 2^17, 2^24 - 1 and 2^24 + 1 bytes. Compressed or not, as a file, a stream and
 * through a pipe, the same logits give the same bits: those of the plain list where rows lie one after the other, those
 * of the plain wide table where columns do, which add up in another order.
 */
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { compress, init } from '@bokuweb/zstd-wasm';
import { type Data, tableFromIPC } from 'apache-arrow';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { BodyCodec } from '../../src/arrow/types.ts';
import { LZ4_BLOCK, Lz4Encoder } from '../../workers/codecs/deflate-lz4.ts';
import { logitmill, temporaryFolder } from '../cli/run.ts';
import { arrowBytes } from './arrow-writer.ts';
import { batchesOf, FORMS, schemaOf } from './forms.ts';
import { type Batch, csv, fromFloat16, matrix, type Shape } from './matrix.ts';

/** For a machine that is busy: each of them writes a gigabyte or so. */
vi.setConfig({ testTimeout: 1_200_000, hookTimeout: 1_200_000 });

const ROWS = [2 ** 16, 1000];
const SHAPES: Readonly<Record<string, Shape>> = {
  'columns of 2^17 bytes': { rows: ROWS, classes: 4, dtype: 'float16', textBytes: 2 ** 17 },
  'values of 2^24 bytes, text of one less': {
    rows: ROWS,
    classes: 64,
    dtype: 'float32',
    textBytes: 2 ** 24 - 1,
  },
  'values of 2^24 bytes, text of one more': {
    rows: ROWS,
    classes: 64,
    dtype: 'float32',
    textBytes: 2 ** 24 + 1,
  },
  'values of more than 64 MiB': { rows: ROWS, classes: 260, dtype: 'float32', textBytes: 2 ** 18 },
};
const CODECS: readonly (BodyCodec | null)[] = [null, 'lz4', 'zstd'];
const CONTAINERS = ['file', 'stream', 'pipe'] as const;

const lz4 = new Lz4Encoder(new WebAssembly.Module(fs.readFileSync('dist/kernels/lz4.baseline.wasm')));
beforeAll(() => init());

const ARCHIVES: Readonly<Record<string, (text: Buffer) => Uint8Array>> = {
  csv: (text) => text,
  'csv.gz': (text) => gzipSync(text, { level: 1 }),
  // A frame for each 16 MiB.
  'csv.zst': (text) => Buffer.concat(pieces(text, 2 ** 24).map((piece) => compress(Buffer.from(piece), 1))),
  'csv.lz4': (text) => Buffer.concat(lz4Parts(text)),
};

function lz4Parts(text: Buffer): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (const part of lz4.deflate(pieces(text, LZ4_BLOCK))) parts.push(Uint8Array.from(part));
  return parts;
}

function pieces(bytes: Uint8Array, most: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / most) }, (_, i) =>
    bytes.subarray(i * most, (i + 1) * most),
  );
}

/** The values of a column of any nesting, as they are stored, batch after batch. */
function stored(file: string, name: string): Buffer {
  const column = tableFromIPC(fs.readFileSync(file)).getChild(name);
  const leaf = (data: Data): Data => (data.children[0] ? leaf(data.children[0]) : data);
  return Buffer.concat(
    column!.data
      .map(leaf)
      .map(({ values }) => Buffer.from(values.buffer, values.byteOffset, values.byteLength)),
  );
}

async function run(input: string, bytes: Uint8Array | null, ...args: string[]): Promise<string> {
  const output = path.join(path.dirname(input), 'out.arrow');
  const { code, stderr } = await logitmill(
    ['run', bytes ? '-' : input, '-o', output, '--overwrite', '--quiet', ...args],
    { timeout: 600_000, ...(bytes ? { input: bytes } : {}) },
  );
  expect(code, stderr).toBe(0);
  return output;
}

/** What the plain form gives, some rows of it compared with float64. */
async function reference(
  formName: string,
  shape: Shape,
  batches: readonly Batch[],
  classes: number,
): Promise<Buffer> {
  const folder = temporaryFolder();
  const input = path.join(folder, 'reference.arrow');
  const form = FORMS[formName]!;
  const narrow = { ...shape, classes };
  const written = batches.map((batch) => {
    const rows = { ...batch, rows: batch.values.length / classes };
    return { rows: rows.rows, nodes: form.nodes(narrow, rows), buffers: form.buffers(narrow, rows) };
  });
  const schema = { fields: form.fields(narrow), metadata: [] };
  save(input, arrowBytes(schema, written, { container: 'file', codec: null, lz4 }));
  const values = stored(await run(input, null, ...(form.args ?? [])), 'probs');
  let before = 0;
  for (const batch of batches) {
    for (let row = 0; row < batch.values.length / classes; row += 997)
      compareRow(values, before + row * classes, batch, row * classes, classes, shape.dtype);
    before += batch.values.length;
  }
  fs.rmSync(folder, { recursive: true });
  return values;
}

function compareRow(
  values: Buffer,
  at: number,
  batch: Batch,
  from: number,
  classes: number,
  dtype: Shape['dtype'],
): void {
  const logits = Array.from(batch.steps.subarray(from, from + classes), (step) => step / 64 - 8);
  const largest = Math.max(...logits);
  const exponentials = logits.map((logit) => Math.exp(logit - largest));
  const sum = exponentials.reduce((total, one) => total + one, 0);
  exponentials.forEach((exponential, index) => {
    const expected = exponential / sum;
    const got =
      dtype === 'float16'
        ? fromFloat16(values.readUInt16LE(2 * (at + index)))
        : values.readFloatLE(4 * (at + index));
    const allowed = dtype === 'float16' ? Math.max(2 ** -24, expected * 2 ** -10) : expected * 2 ** -22;
    expect(Math.abs(got - expected), `value ${at + index}`).toBeLessThanOrEqual(allowed);
  });
}

function save(file: string, parts: Iterable<Uint8Array>): void {
  const fd = fs.openSync(file, 'w');
  for (const part of parts) for (let done = 0; done < part.length; ) done += fs.writeSync(fd, part, done);
  fs.closeSync(fd);
}

describe.each(Object.keys(SHAPES))('%s', (name) => {
  const shape = SHAPES[name]!;
  const turn = Object.keys(SHAPES).indexOf(name);
  let batches: Batch[] = [];
  let text = Buffer.alloc(0);
  const references = new Map<string, Promise<Buffer>>();
  const referenceOf = (form: string, classes: number): Promise<Buffer> => {
    const key = `${form} ${classes}`;
    const known = references.get(key) ?? reference(form, shape, batches, classes);
    references.set(key, known);
    return known;
  };
  beforeAll(() => {
    batches = matrix(shape);
    text = Buffer.concat(batches.map((batch) => batch.text));
    return () => {
      batches = [];
      references.clear();
    };
  });

  async function same(output: string, form: string, classes: number): Promise<void> {
    const expected = await referenceOf(form, classes);
    expect(stored(output, 'probs').equals(expected), 'the same bits').toBe(true);
    expect(stored(output, 'note').equals(text), 'the same text').toBe(true);
  }

  test.each(Object.keys(FORMS))('%s', async (formName) => {
    const form = FORMS[formName]!;
    const written = batchesOf(form, shape, batches);
    const folder = temporaryFolder();
    for (const [index, codec] of CODECS.entries()) {
      // Over the shapes, each form meets each codec in each container.
      const container = CONTAINERS[(turn + Object.keys(FORMS).indexOf(formName) + index) % 3]!;
      const input = path.join(folder, 'in.arrow');
      const writing = { container: container === 'file' ? 'file' : 'stream', codec, lz4 } as const;
      save(input, arrowBytes(schemaOf(form, shape), written, writing));
      const bytes = container === 'pipe' ? fs.readFileSync(input) : null;
      await same(await run(input, bytes, ...(form.args ?? [])), form.sameAs, form.classes(shape));
    }
  });

  test('CSV', async () => {
    const plain = csv(batches, shape.classes);
    const folder = temporaryFolder();
    for (const [index, ending] of Object.keys(ARCHIVES).entries()) {
      const bytes = ARCHIVES[ending]!(plain);
      const input = path.join(folder, `in.${ending}`);
      const isPipe = (turn + index) % 2 === 1;
      if (!isPipe) fs.writeFileSync(input, bytes);
      const args = ['--columns', 'logit_*', '--layout', 'list', '--dtype', shape.dtype];
      await same(await run(input, isPipe ? bytes : null, ...args), 'wide', shape.classes);
    }
  });

  test.each(['lz4', 'zstd'] as const)('%s out is validated', async (codec) => {
    const form = FORMS.list!;
    const folder = temporaryFolder();
    const input = path.join(folder, 'in.arrow');
    const written = batchesOf(form, shape, batches);
    save(input, arrowBytes(schemaOf(form, shape), written, { container: 'file', codec: null, lz4 }));
    const packed = await run(input, null, '--compression', codec, '--keep-logits');
    const { code, stderr } = await logitmill(['validate', packed], { timeout: 600_000 });
    expect(code, stderr).toBe(0);
  });
});
