import fs from 'node:fs';
import { expect, test } from 'vitest';
import { RESULT_COLUMNS } from '../../src/results/results.ts';

const PAGE = 'docs/numbers.md';

test('docs/numbers.md has every column that --add brings (after a change: npx vitest run test/results/docs.test.ts -u)', async () => {
  const page = fs.readFileSync(PAGE, 'utf8');
  const rows = RESULT_COLUMNS.filter((result) => result.per === 'slice')
    .filter(({ addedBy }) => addedBy !== null)
    .map(({ name, type, isList, addedBy, help }) => {
      const own = type('float16') === type('float64') ? type('float64') : 'the dtype';
      const by = addedBy === 'topk' ? 'topk:K' : addedBy;
      return `| \`${name}\` | ${isList ? `fixed_size_list<${own}>[K]` : own} | \`${by}\` | ${help} |`;
    });
  const table = ['| column | type | by | |', '| --- | --- | --- | --- |', ...rows].join('\n');
  const current = page.replace(/\| column \| type \| by \| \|\n(\|.*\n)+/, `${table}\n`);
  expect(current).toContain(table);
  await expect(current).toMatchFileSnapshot(`../../${PAGE}`);
});
