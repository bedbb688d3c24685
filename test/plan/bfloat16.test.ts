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

const refused = (extension: string) =>
  expect.objectContaining({
    code: 'UNSUPPORTED_COLUMN',
    message: expect.stringContaining(
      `column logits holds bfloat16 (${extension}), for which Arrow has no type`,
    ),
    hint: 'write it as float32, which holds every bfloat16 unchanged',
  });
const errorOf = (call: () => unknown): unknown => {
  try {
    return call();
  } catch (error) {
    return error;
  }
};

test('bfloat16 in an extension type is refused, not taken for bytes or integers', () => {
  const lance = listOf(bytes, 'lance.bfloat16');
  expect(errorOf(() => choose([lance]))).toEqual(refused('lance.bfloat16'));
  expect(errorOf(() => choose([field('score', float), lance]))).toEqual(refused('lance.bfloat16'));
  expect(errorOf(() => choose([lance], { column: 'logits', dtype: 'float32' }))).toEqual(
    refused('lance.bfloat16'),
  );
  expect(errorOf(() => choose([listOf(words, 'x.BF16')], { dtype: 'float32' }))).toEqual(refused('x.BF16'));
  const wide = field('logits', words, 'torch.bfloat16');
  expect(errorOf(() => choose([wide], { columns: ['logits'], dtype: 'float32' }))).toEqual(
    refused('torch.bfloat16'),
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
