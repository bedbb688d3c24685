import { LogitmillError } from '../errors.ts';

/**
 * The indices of the columns that a list of names, globs (`logit_*`, `c?`) and ranges (`c0..c9`, in the order of
 * the file) names, in the order given and without repetition. A backslash takes the meaning from `*` and `?`.
 * @throws LogitmillError UNKNOWN_COLUMN when one names nothing, AMBIGUOUS_COLUMNS when two columns share the name
 */
export function selectColumns(names: readonly string[], patterns: readonly string[], file: string): number[] {
  const chosen = new Set<number>();
  const columns: Columns = { names, byName: indicesByName(names) };
  for (const pattern of patterns) {
    for (const index of matches(columns, pattern, file)) chosen.add(index);
  }
  return [...chosen];
}

/** The pattern that names one column and no other. */
export const plainPattern = (name: string): string => name.replaceAll(/[*?]/g, '\\$&');

interface Columns {
  names: readonly string[];
  byName: ReadonlyMap<string, readonly number[]>;
}

function indicesByName(names: readonly string[]): Map<string, number[]> {
  const byName = new Map<string, number[]>();
  for (const [index, name] of names.entries()) {
    const known = byName.get(name);
    if (known) known.push(index);
    else byName.set(name, [index]);
  }
  return byName;
}

function matches(columns: Columns, pattern: string, file: string): readonly number[] {
  const { names, byName } = columns;
  const plain = pattern.replaceAll(/\\([*?])/g, '$1');
  const exact = byName.get(plain) ?? [];
  if (exact.length === 1) return exact;
  if (exact.length > 1) {
    throw new LogitmillError(
      'AMBIGUOUS_COLUMNS',
      `${exact.length} columns are named "${plain}", so the name selects none of them`,
      { file },
    );
  }
  const range = /^(.+)\.\.(.+)$/.exec(pattern);
  if (range) {
    const [first, last] = [range[1], range[2]].map((end) => matches(columns, end, file));
    if (first.length === 1 && last.length === 1 && first[0] <= last[0]) {
      return uniquelyNamed(
        columns,
        Array.from({ length: last[0] - first[0] + 1 }, (_, step) => first[0] + step),
        file,
      );
    }
  }
  if (/(?<!\\)[*?]/.test(pattern)) {
    const expression = globExpression(pattern);
    const found = names.flatMap((name, index) => (expression.test(name) ? [index] : []));
    if (found.length > 0) return uniquelyNamed(columns, found, file);
  }
  throw new LogitmillError('UNKNOWN_COLUMN', `no column ${JSON.stringify(plain)} (${listed(names)})`, {
    file,
    hint: nearest(names, plain),
  });
}

function uniquelyNamed(columns: Columns, found: number[], file: string): number[] {
  for (const index of found) {
    const name = columns.names[index];
    if ((columns.byName.get(name)?.length ?? 0) > 1) matches(columns, name.replaceAll(/[*?]/g, '\\$&'), file);
  }
  return found;
}

function globExpression(pattern: string): RegExp {
  const source = pattern.replaceAll(/\\[*?]|[*?]|[.+^${}()|[\]\\]/g, (part) =>
    part === '*' ? '.*' : part === '?' ? '.' : part.length === 2 ? part : `\\${part}`,
  );
  return new RegExp(`^${source}$`, 's');
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 12).join(', ');
  return names.length > 12 ? `columns: ${shown}, and ${names.length - 12} more` : `columns: ${shown}`;
}

/** The closest name, when a slip of case or of one or two letters, and not of half of them, explains the wanted one. */
function nearest(names: readonly string[], wanted: string): string | undefined {
  const found =
    names.find((name) => name.toLowerCase() === wanted.toLowerCase()) ??
    names.find((name) => distance(name, wanted) <= Math.min(2, (wanted.length - 1) / 2));
  return found === undefined ? undefined : `the column ${JSON.stringify(found)}`;
}

function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}
