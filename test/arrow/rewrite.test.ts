import fs from 'node:fs';
import { tableFromIPC } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { openBytes } from './build.ts';
import { rewrite, withArrow } from './rewrite.ts';

const FOLDER = 'data/arrow';
const names = fs.readdirSync(FOLDER).filter((name) => /\.arrows?$/.test(name));

/** What apache-arrow's reader makes of each column of all-types.arrow; the others it does not know, or not well. */
const ALL_TYPES: Record<string, unknown[]> = {
  null: [null, null],
  bool: [true, null],
  int8: [1, null],
  int16: [1, null],
  int32: [1, null],
  int64: [1n, null],
  uint8: [1, null],
  uint16: [1, null],
  uint32: [1, null],
  uint64: [1n, null],
  halffloat: [1, null],
  float: [1, null],
  double: [1, null],
  timestamp: [Date.UTC(2024, 1, 29, 12), null],
  timestamp_zone: [Date.UTC(2024, 1, 29, 12), null],
  utf8: ['é', null],
  large_utf8: ['é', null],
  utf8_view: ['longer than twelve bytes', 'short'],
  dictionary: ['red', null],
  dictionary_ordered: ['hi', 'lo'],
};

describe('metadata decoded and encoded again', () => {
  test.each(names)('%s: the same description', (name) => {
    withArrow(`${FOLDER}/${name}`, (file, bytes) => {
      const isReplaced = file.dictionaries.some(({ isReplacement }) => isReplacement);
      expect(isReplaced).toBe(name === 'replaced.arrows');
      if (isReplaced) return;
      const again = openBytes(rewrite(file, bytes));
      expect(again.schema).toEqual(file.schema);
      expect(again.version).toBe(file.version);
      expect(again.rows).toBe(file.rows);
      expect(again.compression).toBe(file.compression);
      expect(again.metadata).toEqual(file.metadata);
      const ids = ({ dictionaries }: typeof file) =>
        dictionaries.map(({ id, isDelta, rows }) => [id, isDelta, rows]);
      expect(ids(again)).toEqual(ids(file));
      for (let i = 0; i < file.batches.count; i++) {
        const { nodes, buffers, variadicCounts } = file.batches.header(i);
        const copy = again.batches.header(i);
        expect(copy.nodes).toEqual(nodes);
        expect(copy.variadicCounts).toEqual(variadicCounts);
        const lengths = (of: Float64Array) => of.filter((_, k) => k % 2 === 1);
        expect(lengths(copy.buffers)).toEqual(lengths(buffers));
      }
    });
  });

  test.each([
    'batches',
    'delta',
    'legacy',
    'no-batches',
    'polars',
  ])('%s.arrow: the same values by apache-arrow', (name) => {
    withArrow(`${FOLDER}/${name}.arrow`, (file, bytes) => {
      const [before, after] = [bytes, rewrite(file, bytes)].map((of) => tableFromIPC(of));
      expect(after!.toString()).toBe(before!.toString());
      expect(after!.schema.toString()).toBe(before!.schema.toString());
      expect(after!.numRows).toBe(file.rows);
    });
  });
});

describe.each([
  'all-types.arrow',
  'all-types-v4.arrow',
  'all-types.arrows',
])('one column out of %s', (name) => {
  test.each(Object.keys(ALL_TYPES))('%s', (column) => {
    withArrow(`${FOLDER}/${name}`, (file, bytes) => {
      const table = tableFromIPC(rewrite(file, bytes, (field) => field.name === column));
      expect(table.schema.fields[0]!.metadata).toEqual(
        new Map([
          ['of', column],
          ['bytes', '\uFFFD\0'],
        ]),
      );
      expect([...table.getChild(column)!]).toEqual(ALL_TYPES[column]);
    });
  });
});
