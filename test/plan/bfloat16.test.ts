import { expect, test } from 'vitest';
import type { ArrowType, Field } from '../../src/arrow/types.ts';
import { chooseLogits } from '../../src/plan/logits.ts';

const field = (name: string, type: ArrowType, extension?: string, children: Field[] = []): Field => ({
  name,
  nullable: true,
  type,
  children,
  dictionary: null,
  metadata: extension ? [['ARROW:extension:name', extension]] : [],
});
const bytes: ArrowType = { id: 'fixedSizeBinary', byteWidth: 2 };
const words: ArrowType = { id: 'int', bitWidth: 16, signed: false };
const float: ArrowType = { id: 'float', bitWidth: 32 };
const listOf = (type: ArrowType, extension?: string): Field =>
  field('logits', { id: 'fixedSizeList', listSize: 4 }, undefined, [field('item', type, extension)]);

const choose = (fields: Field[], options: Partial<Parameters<typeof chooseLogits>[1]> = {}) =>
  chooseLogits(
    { fields, metadata: [] },
    { column: undefined, columns: undefined, dtype: undefined, ...options },
    'in.arrow',
  );

const errorOf = (call: () => unknown): unknown => {
  try {
    return call();
  } catch (error) {
    return error;
  }
};

const refused = (code: string, hint: string) => expect.objectContaining({ code, hint });

test('bfloat16 in an extension type is what it says, and is read with a dtype to compute in', () => {
  const lance = listOf(bytes, 'lance.bfloat16');
  expect(errorOf(() => choose([lance]))).toEqual(
    refused('INTEGER_LOGITS', '--column logits --dtype float32'),
  );
  expect(errorOf(() => choose([field('score', float), lance]))).toEqual(
    refused('AMBIGUOUS_COLUMNS', '--column logits --dtype float32'),
  );
  expect(choose([lance], { column: 'logits', dtype: 'float32' })).toMatchObject({
    sourceDtype: 'bfloat16',
    dtype: 'float32',
  });
  expect(choose([listOf(words, 'x.BF16')], { dtype: 'float64' })).toMatchObject({
    sourceDtype: 'bfloat16',
    dtype: 'float64',
  });
  const wide = field('logits', words, 'torch.bfloat16');
  expect(choose([wide], { columns: ['logits'], bits: 'bfloat16' })).toMatchObject({
    sourceDtype: 'bfloat16',
    dtype: 'float32',
  });
});

test('16 bits are bfloat16 when the user says so, and are asked about before', () => {
  expect(errorOf(() => choose([listOf(words)]))).toEqual(
    refused('INTEGER_LOGITS', '--column logits --bits bfloat16  or  --column logits --dtype float32'),
  );
  expect(choose([listOf(words)], { bits: 'bfloat16' }).sourceDtype).toBe('bfloat16');
  expect(choose([listOf(bytes)], { bits: 'bfloat16' }).sourceDtype).toBe('bfloat16');
  expect(errorOf(() => choose([listOf(bytes)]))).toMatchObject({ hint: '--column logits --bits bfloat16' });
  expect(errorOf(() => choose([listOf(float)], { bits: 'bfloat16' }))).toEqual(
    refused('UNSUPPORTED_COLUMN', 'without --bits'),
  );
});

test('bfloat16 beside the logits does no harm, nor does float32 that calls itself so', () => {
  const other = field('other', bytes, 'lance.bfloat16');
  expect(choose([other, listOf(float)]).columns).toEqual([1]);
  expect(choose([other, field('a', float), field('b', float)], { columns: ['a', 'b'] }).columns).toEqual([
    1, 2,
  ]);
  expect(choose([listOf(float, 'daft.bfloat16')]).dtype).toBe('float32');
});
