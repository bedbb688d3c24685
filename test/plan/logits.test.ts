import { describe, expect, test } from 'vitest';
import type { ArrowType, Field } from '../../src/arrow/types.ts';
import { LogitmillError } from '../../src/errors.ts';
import { reductionOf } from '../../src/layout/shape.ts';
import { chooseLogits } from '../../src/plan/logits.ts';
import { outputColumns } from '../../src/plan/output-columns.ts';
import { field, fixedSizeList, float32, int64 } from '../arrow/build.ts';

const int8: ArrowType = { id: 'int', bitWidth: 8, signed: true };
const float64: ArrowType = { id: 'float', bitWidth: 64 };
const halfBytes: ArrowType = { id: 'fixedSizeBinary', byteWidth: 2 };
const list = (name: string, child: Field): Field => field(name, { id: 'list' }, { children: [child] });
const tensor = (name: string, metadata: object): Field => ({
  ...fixedSizeList(name, 6),
  metadata: [
    ['ARROW:extension:name', 'arrow.fixed_shape_tensor'],
    ['ARROW:extension:metadata', JSON.stringify(metadata)],
  ],
});

type Options = Partial<Parameters<typeof chooseLogits>[1]>;
const choose = (fields: Field[], options: Options = {}) =>
  chooseLogits(
    { fields, metadata: [] },
    { column: undefined, columns: undefined, dtype: undefined, ...options },
    'in.arrow',
  );

/** `CODE | FILE: message | hint`. */
function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof LogitmillError) return [error.code, error.line, error.hint].join(' | ');
    throw error;
  }
  throw new Error('was not refused');
}

describe('integers alone', () => {
  const many = Array.from({ length: 20 }, (_, index) => field(`c${index}`, int8));

  test('are logits once there is a dtype, and say so', () => {
    expect(refusal(() => choose(many))).toBe(
      'INTEGER_LOGITS | in.arrow: column c0 holds integers (int8), which are logits by a scale that they were quantized with: softmax(scale x) has the temperature 1/scale | --dtype float32 --temperature 1/scale',
    );
    expect(choose(many, { dtype: 'float32' }).columns).toHaveLength(20);
  });

  test('beside text have to be named: all of them, however many', () => {
    const text = field('text', { id: 'utf8' });
    expect(refusal(() => choose([text, ...many]))).toMatch(
      /^INTEGER_LOGITS .*\| --columns c0\.\.c19 --dtype float32 --temperature 1\/scale$/,
    );
    expect(refusal(() => choose([field('a', int64), text, field('b c', int8)]))).toMatch(
      /\| --columns 'a,b c' --dtype float64$/,
    );
    expect(refusal(() => choose([field('id', int64), text, field('b c', int8)]))).toMatch(
      /^NO_LOGITS .*\| name the columns that hold logits with --columns or --column, and --dtype, if some do$/,
    );
  });
});

describe('columns of several dtypes', () => {
  const fields = [field('a', float32), field('b', float64), field('c', int8)];

  test('need one to be cast to', () => {
    expect(refusal(() => choose(fields))).toMatch(
      /^MIXED_DTYPES .*a is float32, column b is float64.*--dtype/,
    );
    expect(choose(fields, { dtype: 'float32' })).toMatchObject({ columns: [0, 1], dtype: 'float32' });
  });

  test('have each its own, and room for the widest', () => {
    const found = choose(fields, { dtype: 'float16', columns: ['c', 'a', 'b'] });
    expect(found).toMatchObject({ sourceDtype: 'float64', mixed: ['int8', 'float32', 'float64'] });
    expect(choose([field('a', float32), field('b', float32)]).mixed).toBeUndefined();
  });
});

const EXPLODE = 'one row for each inner list (explode in Polars, unnest in DuckDB)';

describe('what no logits can be is called what it is', () => {
  test.each([
    [list('l', list('item', field('item', float32))), 'list of list of float32', EXPLODE],
    [list('l', fixedSizeList('item', 3)), 'list of fixedSizeList of float32', EXPLODE],
    [
      field('l', { id: 'fixedSizeList', listSize: 2 }, { children: [list('item', field('item', float32))] }),
      'fixedSizeList of list of float32',
      EXPLODE,
    ],
    [
      field('l', { id: 'listView' }, { children: [field('item', float32)] }),
      'listView of float32',
      'write it as list',
    ],
    [
      field('l', { id: 'fixedSizeList', listSize: 4 }, { children: [field('item', halfBytes)] }),
      'fixedSizeList of fixedSizeBinary(2)',
      '--bits bfloat16',
    ],
  ])('%#', (column, name, hint) => {
    expect(refusal(() => choose([column], { column: 'l' }))).toBe(
      `UNSUPPORTED_COLUMN | in.arrow: column l is ${name}, not a list of numbers | ${hint}`,
    );
    expect(refusal(() => choose([column]))).toBe(
      `NO_LOGITS | in.arrow: no float column to take logits from (it has l ${name}) | ${hint.replace(/^--bits/, '--column l --bits')}`,
    );
  });

  test('a name that is nothing like the wanted one is no way out', () => {
    expect(refusal(() => choose([field('ü', float32)], { columns: ['x'] }))).toMatch(/\| $/);
    expect(refusal(() => choose([field('score', float32)], { columns: ['scroe'] }))).toMatch(/"score"$/);
  });
});

describe('a tensor whose dimensions are permuted', () => {
  const turned = tensor('scores', { shape: [2, 3], permutation: [1, 0] });
  const other = fixedSizeList('logits', 3);

  test('is refused with its file', () => {
    expect(refusal(() => choose([turned]))).toBe(
      'UNSUPPORTED_COLUMN | in.arrow: column scores is a tensor with the permutation [1,0]; write it in the order of its dimensions | ',
    );
  });

  test('is one of two candidates, and passes through beside the other', () => {
    expect(refusal(() => choose([turned, other]))).toMatch(/^AMBIGUOUS_COLUMNS .*logits .*, scores /);
    expect(choose([turned, other], { column: 'logits' }).columns).toEqual([1]);
  });
});

describe('a column for each class', () => {
  const columnsOf = (column: Field, dim: number): string[] => {
    const schema = { fields: [column], metadata: [] };
    const logits = choose([column]);
    const options = {
      op: 'softmax',
      add: [],
      keep: 'all',
      keepLogits: false,
      layout: 'wide',
      onInvalid: 'fail',
    } as const;
    return outputColumns(
      schema,
      logits,
      reductionOf(logits, { dim: dim }, 'in.arrow'),
      options,
      false,
      'in.arrow',
    ).map(({ field }) => field.name);
  };
  const flat = [0, 1, 2, 3, 4, 5].map((index) => `probs_${index}`);

  test('is refused where rows have no one length, or several sums', () => {
    expect(refusal(() => columnsOf(list('l', field('item', float32)), -1))).toBe(
      'UNSUPPORTED_OPTION | in.arrow: --layout wide makes a column of each class, and these are variable-length lists | --layout mirror  or  fixed-size lists, if all rows have one length N (cast to pa.list_(TYPE, N) in pyarrow, list.to_array(N) in Polars)',
    );
    for (const [dim, slices] of [
      [1, 3],
      [2, 2],
    ] as const)
      expect(refusal(() => columnsOf(tensor('l', { shape: [2, 3] }), dim))).toContain(
        `these are tensors of 2 x 3 with ${slices} slices that sum to one in each row | --layout mirror`,
      );
  });

  test('takes a tensor with one sum a row, or none, row-major', () => {
    expect(columnsOf(tensor('l', { shape: [2, 3] }), 0)).toEqual(flat);
    expect(columnsOf(tensor('l', { shape: [1, 6] }), 2)).toEqual([...flat, 'row_sum']);
  });
});
