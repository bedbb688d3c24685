import { expect, test } from 'vitest';
import { checkColumns } from '../../src/dim0/column-sums.ts';
import { random } from '../kernels/harness.ts';

const options = { rows: 7, tolerance: 1e-6, nameOf: () => null };

test('of very many columns the hundred worst are listed, as sorting all of them would', () => {
  const next = random(4);
  // Many are equally far off.
  const sums = Float64Array.from({ length: 20_000 }, () => 1 + Math.round((next() - 0.5) * 4000) / 2 ** 40);
  for (const column of [3, 777, 19_999]) sums[column] = Number.NaN;
  const unseen = new Set([5, 777]);
  const badness = (sum: number): number => (Number.isNaN(sum) ? Number.POSITIVE_INFINITY : Math.abs(sum - 1));
  const sorted = Array.from(sums, (sum, row) => ({ row, sum }))
    .filter(({ row }) => !unseen.has(row))
    .sort((a, b) => (badness(a.sum) === badness(b.sum) ? a.row - b.row : badness(b.sum) - badness(a.sum)))
    .slice(0, 100);
  expect(checkColumns(sums, null, unseen, options).listed).toEqual(sorted);
  const ordered = sums.slice(0, 4096).sort();
  expect(checkColumns(ordered, null, new Set(), options).listed).toEqual(
    Array.from(ordered, (sum, row) => ({ row, sum })),
  );
});
