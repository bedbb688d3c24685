import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { ArrowType, Field } from '../../src/arrow/types.ts';
import { assemble, buildFile, field } from '../arrow/build.ts';
import { withArrow } from '../arrow/rewrite.ts';
import { exactToHalf } from '../kernels/half.ts';
import { random } from '../kernels/harness.ts';
import { logitmill, temporaryFolder } from './run.ts';

/** Small whole numbers, which all of these hold. */
const TYPES: [ArrowType, (values: number[]) => ArrayBufferView][] = [
  [{ id: 'float', bitWidth: 32 }, (values) => Float32Array.from(values)],
  [{ id: 'int', bitWidth: 8, signed: true }, (values) => Int8Array.from(values)],
  [{ id: 'float', bitWidth: 64 }, (values) => Float64Array.from(values)],
  [{ id: 'float', bitWidth: 16 }, (values) => Uint16Array.from(values, exactToHalf)],
  [{ id: 'int', bitWidth: 64, signed: false }, (values) => BigUint64Array.from(values, BigInt)],
  [{ id: 'int', bitWidth: 16, signed: true }, (values) => Int16Array.from(values)],
];
const FLOATS = TYPES.map(() => TYPES[0]!);
const SIZES = [30_000, 3, 0, 500];

const rnd = random(3);
const LOGITS = SIZES.map((rows) =>
  TYPES.map(() => Array.from({ length: rows }, () => Math.floor(rnd() * 20))),
);

/** Every 9th value of the second column is null. */
function file(types: typeof TYPES): Buffer {
  const fields: Field[] = types.map(([type], index) => field(`c${index}`, type));
  const bits = (rows: number): Uint8Array =>
    Uint8Array.from({ length: Math.ceil(rows / 8) }, (_, byte) =>
      [0, 1, 2, 3, 4, 5, 6, 7].reduce((all, bit) => all | ((byte * 8 + bit) % 9 ? 1 << bit : 0), 0),
    );
  const batches = LOGITS.map((columns, index) => {
    const rows = SIZES[index]!;
    const nodes = types.flatMap((_, column) => [rows, column === 1 ? Math.ceil(rows / 9) : 0]);
    const buffers = types.flatMap(([, pack], column) => [
      column === 1 ? bits(rows) : null,
      pack(columns[column]!),
    ]);
    return assemble(rows, nodes, buffers);
  });
  return buildFile({ schema: { fields, metadata: [] }, batches });
}

/** All batches of a file: that its columns were of several dtypes, its schema says. */
function batchesOf(output: string): Buffer {
  return withArrow(output, ({ batches }, bytes) =>
    Buffer.concat(
      Array.from({ length: batches.count }, (_, index) => {
        const { offset, metadataLength, bodyLength } = batches.blockOf(index);
        return bytes.subarray(offset, offset + metadataLength + bodyLength);
      }),
    ),
  );
}

test('class columns of several dtypes, cast to one: the bytes that columns of one dtype give', async () => {
  const folder = temporaryFolder();
  const inputs = [TYPES, FLOATS].map((types, index) => {
    const input = path.join(folder, `in-${index}.arrow`);
    fs.writeFileSync(input, file(types));
    return input;
  });
  const ways = [
    ['--dtype', 'float32', '--threads', '1'],
    ['--dtype', 'float64', '--op', 'both', '--layout', 'list', '--memory', '1MiB'],
    ['--dtype', 'float16', '--mask-nulls', '--compression', 'lz4'],
    ['--dtype', 'float32', '--dim', '0', '--op', 'log_softmax'],
  ];
  for (const way of ways) {
    const outputs = await Promise.all(
      inputs.map(async (input) => {
        const output = `${input}.out`;
        const columns = ['--columns', 'c0..c5', '--overwrite'];
        const { code, stderr } = await logitmill(['run', input, '-o', output, ...columns, ...way]);
        expect(code, stderr).toBe(0);
        return batchesOf(output);
      }),
    );
    expect(outputs[0]!.equals(outputs[1]!), way.join(' ')).toBe(true);
  }
});
