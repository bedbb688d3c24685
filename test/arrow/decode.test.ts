import { describe, expect, test } from 'vitest';
import { withArrow } from './rewrite.ts';

describe('the schema of all-types.arrow, which pyarrow wrote', () => {
  const fields = withArrow(
    'data/arrow/all-types.arrow',
    ({ schema }) => new Map(schema.fields.map((f) => [f.name, f])),
  );
  const schema = withArrow('data/arrow/all-types.arrow', (file) => file.schema);

  test.each<[string, unknown]>([
    ['null', { id: 'null' }],
    ['bool', { id: 'bool' }],
    ['int8', { id: 'int', bitWidth: 8, signed: true }],
    ['uint64', { id: 'int', bitWidth: 64, signed: false }],
    ['halffloat', { id: 'float', bitWidth: 16 }],
    ['float', { id: 'float', bitWidth: 32 }],
    ['double', { id: 'float', bitWidth: 64 }],
    ['decimal32', { id: 'decimal', precision: 7, scale: 2, bitWidth: 32 }],
    ['decimal256', { id: 'decimal', precision: 60, scale: 2, bitWidth: 256 }],
    ['date32', { id: 'date', unit: 0 }],
    ['date64', { id: 'date', unit: 1 }],
    ['time32', { id: 'time', unit: 1, bitWidth: 32 }],
    ['time64', { id: 'time', unit: 3, bitWidth: 64 }],
    ['timestamp', { id: 'timestamp', unit: 2, timezone: null }],
    ['timestamp_zone', { id: 'timestamp', unit: 3, timezone: 'Europe/Berlin' }],
    ['duration', { id: 'duration', unit: 0 }],
    ['interval', { id: 'interval', unit: 2 }],
    ['binary', { id: 'binary' }],
    ['large_binary', { id: 'largeBinary' }],
    ['binary_view', { id: 'binaryView' }],
    ['utf8', { id: 'utf8' }],
    ['large_utf8', { id: 'largeUtf8' }],
    ['utf8_view', { id: 'utf8View' }],
    ['fixed_size_binary', { id: 'fixedSizeBinary', byteWidth: 3 }],
    ['list', { id: 'list' }],
    ['large_list', { id: 'largeList' }],
    ['list_view', { id: 'listView' }],
    ['large_list_view', { id: 'largeListView' }],
    ['fixed_size_list', { id: 'fixedSizeList', listSize: 2 }],
    ['struct', { id: 'struct' }],
    ['map', { id: 'map', keysSorted: false }],
    ['sparse_union', { id: 'union', mode: 0, typeIds: Int32Array.of(0, 1) }],
    ['dense_union', { id: 'union', mode: 1, typeIds: Int32Array.of(5, 7) }],
    ['run_end_encoded', { id: 'runEndEncoded' }],
  ])('%s', (name, type) => {
    expect(fields.get(name)!.type).toEqual(type);
  });

  test('children, names and nullability', () => {
    const struct = fields.get('struct')!;
    expect(struct.children.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(struct.children[1]!.children[0]!.type).toEqual({ id: 'utf8' });
    const [entries] = fields.get('map')!.children;
    expect(entries!.children.map(({ nullable }) => nullable)).toEqual([false, true]);
  });

  test('dictionaries, nested ones too', () => {
    expect(fields.get('dictionary')).toMatchObject({
      type: { id: 'utf8' },
      dictionary: { indexType: { bitWidth: 32, signed: true }, ordered: false },
    });
    expect(fields.get('dictionary_ordered')).toMatchObject({
      type: { id: 'largeUtf8' },
      dictionary: { indexType: { bitWidth: 16, signed: false }, ordered: true },
    });
    const { children, dictionary } = fields.get('dictionary_of_struct')!;
    expect(dictionary!.indexType.bitWidth).toBe(8);
    expect(children[0]!.dictionary).not.toBeNull();
    expect(fields.get('list_of_dictionary')!.children[0]!.dictionary).not.toBeNull();
  });

  test('metadata keep bytes that are not UTF-8', () => {
    expect(schema.metadata).toEqual([
      ['origin', 'logitmill'],
      ['pickle', Uint8Array.of(0x80, 4, 0x4b, 1, 0x2e)],
    ]);
    expect(fields.get('tensor')!.metadata).toContainEqual([
      'ARROW:extension:name',
      'arrow.fixed_shape_tensor',
    ]);
    expect(fields.get('tensor')!.metadata).toContainEqual(['bytes', Uint8Array.of(0xff, 0)]);
  });
});
