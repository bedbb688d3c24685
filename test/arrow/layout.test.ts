import { describe, expect, test } from 'vitest';
import {
  columnBuffers,
  columnLayouts,
  dependsOnVersion,
  dictionaryIds,
  nodeLayouts,
} from '../../src/arrow/layout.ts';
import type { BatchHeader } from '../../src/arrow/types.ts';
import { field, fixedSizeList, float32, int64 } from './build.ts';
import { withArrow } from './rewrite.ts';

const fields = [
  field('id', int64),
  field('text', { id: 'utf8View' }),
  field(
    'nested',
    { id: 'struct' },
    {
      children: [field('a', { id: 'binaryView' }), fixedSizeList('b', 2), field('c', { id: 'utf8View' })],
    },
  ),
  field(
    'kind',
    { id: 'utf8' },
    { dictionary: { id: 7n, indexType: { bitWidth: 8, signed: true }, ordered: false } },
  ),
  field('either', { id: 'union', mode: 1, typeIds: null }, { children: [field('x', float32)] }),
  field('nothing', { id: 'null' }),
];

describe('layouts', () => {
  test('nodes, buffers and variadic counts of columns', () => {
    const layout = columnLayouts(fields);
    expect(layout.map(({ firstNode, nodeCount }) => [firstNode, nodeCount])).toEqual([
      [0, 1],
      [1, 1],
      [2, 5],
      [7, 1],
      [8, 2],
      [10, 1],
    ]);
    expect(layout.map(({ firstBuffer, bufferCount }) => [firstBuffer, bufferCount])).toEqual([
      [0, 2],
      [2, 2],
      [4, 8],
      [12, 2],
      [14, 4],
      [18, 0],
    ]);
    expect(layout.map(({ firstVariadic, variadicCount }) => [firstVariadic, variadicCount])).toEqual([
      [0, 0],
      [0, 1],
      [1, 2],
      [3, 0],
      [3, 0],
      [3, 0],
    ]);
  });

  test('in version 4 a union has a validity bitmap', () => {
    expect(columnLayouts(fields, 4).map(({ bufferCount }) => bufferCount)).toEqual([2, 2, 8, 2, 5, 0]);
    expect(dependsOnVersion(fields)).toBe(true);
    expect(dependsOnVersion(fields.slice(0, 4))).toBe(false);
  });

  test('buffers of columns in a batch with variadic buffers', () => {
    const header = { variadicCounts: Float64Array.of(3, 0, 2) } as BatchHeader;
    expect([...columnBuffers(columnLayouts(fields), header)]).toEqual([0, 2, 7, 17, 19, 23, 23]);
  });

  test('paths name nested columns', () => {
    expect(nodeLayouts(fields).map(({ path }) => path)).toEqual([
      'id',
      'text',
      'nested',
      'nested.a',
      'nested.b',
      'nested.b.item',
      'nested.c',
      'kind',
      'either',
      'either.x',
      'nothing',
    ]);
  });

  test('dictionary ids, those inside dictionaries included', () => {
    const inner = field('inner', { id: 'utf8' }, { dictionary: { ...fields[3]!.dictionary!, id: 9n } });
    const outer = { ...fields[3]!, type: { id: 'struct' } as const, children: [inner, inner] };
    expect(dictionaryIds(outer)).toEqual([7n, 9n]);
    expect(columnLayouts([outer])[0]).toMatchObject({ nodeCount: 1, bufferCount: 2 });
  });

  // pyarrow's own count of nodes and buffers is the reference.
  test.each(['all-types.arrow', 'all-types-v4.arrow'])('every type, as pyarrow lays it out: %s', (name) => {
    withArrow(`data/arrow/${name}`, (file) => {
      const header = file.batches.header(0);
      const starts = columnBuffers(file.columns, header);
      expect(starts.at(-1)).toBe(header.buffers.length / 2);
      expect(file.columns.reduce((sum, { nodeCount }) => sum + nodeCount, 0)).toBe(header.nodes.length / 2);
      expect(file.version).toBe(name.includes('v4') ? 4 : 5);
    });
  });
});
