import { LogitmillError } from '../errors.ts';
import { optionText } from '../input/csv/problems.ts';
import type { CsvColumn, CsvKind } from '../input/csv/types.ts';

/**
 * The columns with the logits, when the user does not say which: all, if all look alike. A column without values
 * looks like any other.
 * @returns indices, ascending
 * @throws LogitmillError AMBIGUOUS_COLUMNS with the `--columns` to type, NO_LOGITS when no column has numbers
 */
export function chooseCsvLogits(columns: readonly CsvColumn[], file?: string): number[] {
  const indices = columns.map((_, i) => i);
  const ofKind = (kind: CsvKind) => indices.filter((i) => columns[i].kind === kind);
  const wanted: CsvKind = ofKind('decimal').length > 0 ? 'decimal' : 'integer';
  const numbers = ofKind(wanted);
  const odd = indices.filter((i) => columns[i].kind !== wanted && columns[i].kind !== 'empty');
  if (odd.length === 0) return indices;
  if (numbers.length === 0) throw noNumbers(columns, file);
  const first = columns[odd[0]];
  const others = odd.length === 1 ? '' : ` and ${odd.length - 1} more`;
  const look = { integer: 'integers', boolean: 'true and false', utf8: 'text', decimal: '', empty: '' }[
    first.kind
  ];
  throw new LogitmillError(
    'AMBIGUOUS_COLUMNS',
    `which columns are logits? "${first.name}"${others} ${odd.length === 1 ? 'holds' : 'hold'} ${look} beside ` +
      `${numbers.length} ${numbers.length === 1 ? 'column' : 'columns'} of ${wanted === 'decimal' ? 'decimals' : 'integers'}`,
    { file, hint: `--columns ${optionText(columnList(columns, numbers))}` },
  );
}

function noNumbers(columns: readonly CsvColumn[], file: string | undefined): LogitmillError {
  const [only] = columns;
  const message =
    columns.length === 1 ? `its one column, "${only.name}", has no numbers` : 'no column has numbers';
  return new LogitmillError('NO_LOGITS', message, {
    file,
    hint:
      columns.length === 1
        ? '--delimiter, if columns are divided by something else than , ; tab or |'
        : undefined,
  });
}

/** The columns as `--columns` takes them: ranges of neighbours, and names. */
function columnList(columns: readonly CsvColumn[], chosen: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const i of chosen) {
    const last = runs.at(-1);
    if (last && last[1] === i - 1) last[1] = i;
    else runs.push([i, i]);
  }
  const name = (i: number) => columns[i].name.replaceAll(/[*?]/g, '\\$&').replaceAll(',', '\\,');
  return runs
    .flatMap(([from, to]) => (to - from < 2 ? range(from, to).map(name) : [`${name(from)}..${name(to)}`]))
    .join(',');
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
