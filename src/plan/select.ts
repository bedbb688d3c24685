import { LogitmillError } from '../errors.ts';

/**
 * The indices of the columns that a list of names, globs (`logit_*`, `c?`) and ranges (`c0..c9`, in the order of
 * the file) names, in the order given and without repetition. A backslash takes the meaning from `*` and `?`.
 * @throws LogitmillError UNKNOWN_COLUMN when one names nothing, AMBIGUOUS_COLUMNS when two columns share the name
 */
export function selectColumns(names: readonly string[], patterns: readonly string[], file: string): number[] {
  const chosen = new Set<number>();
  for (const pattern of patterns) {
    for (const index of matches(names, pattern, file)) chosen.add(index);
  }
  return [...chosen];
}

function matches(names: readonly string[], pattern: string, file: string): number[] {
  const plain = pattern.replaceAll(/\\([*?])/g, '$1');
  const exact = indicesOfName(names, plain);
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
    const [first, last] = [range[1], range[2]].map((end) => matches(names, end, file));
    if (first.length === 1 && last.length === 1 && first[0] <= last[0]) {
      return uniquelyNamed(
        names,
        Array.from({ length: last[0] - first[0] + 1 }, (_, step) => first[0] + step),
        file,
      );
    }
  }
  if (/(?<!\\)[*?]/.test(pattern)) {
    const expression = globExpression(pattern);
    const found = names.flatMap((name, index) => (expression.test(name) ? [index] : []));
    if (found.length > 0) return uniquelyNamed(names, found, file);
  }
  throw new LogitmillError('UNKNOWN_COLUMN', `no column ${JSON.stringify(plain)} (${listed(names)})`, {
    file,
    hint: nearest(names, plain),
  });
}

function uniquelyNamed(names: readonly string[], found: number[], file: string): number[] {
  for (const index of found)
    if (indicesOfName(names, names[index]).length > 1)
      matches(names, names[index].replaceAll(/[*?]/g, '\\$&'), file);
  return found;
}

function indicesOfName(names: readonly string[], wanted: string): number[] {
  return names.flatMap((name, index) => (name === wanted ? [index] : []));
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

/** The closest name, when a slip of case or of one or two letters explains the wanted one. */
function nearest(names: readonly string[], wanted: string): string | undefined {
  const found =
    names.find((name) => name.toLowerCase() === wanted.toLowerCase()) ??
    names.find((name) => distance(name, wanted) <= 2);
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
