import { optionText } from '../input/csv/problems.ts';
import type { NameGroup } from './column-names.ts';

/** More names than this are said as a range or a glob, where one fits. */
const SPELLED_OUT = 8;

/**
 * `--columns` with the very columns, as it is typed in a shell; undefined where names are shared, so that no list of
 * names can choose them.
 * @param chosen indices into `names`
 */
export function columnsHint(names: readonly string[], chosen: readonly number[]): string | undefined {
  const seen = new Set<string>();
  const shared = new Set<string>();
  for (const name of names) (seen.has(name) ? shared : seen).add(name);
  if (chosen.some((column) => shared.has(names[column]) || names[column] === '')) return undefined;
  return `--columns ${optionText(columnList(names, chosen))}`;
}

/** Choices on one line, each once. */
export function either(choices: readonly (string | undefined)[]): string | undefined {
  const said = [...new Set(choices.filter((choice) => choice !== undefined))];
  return said.length === 0 ? undefined : said.join('  or  ');
}

/** Columns for people: all of a few, the ends of many. */
export function namesText(names: readonly string[], columns: readonly number[]): string {
  const shown = (column: number): string => quotedName(names[column]);
  if (columns.length <= 4) return columns.map(shown).join(', ');
  return `${shown(columns[0])} … ${shown(columns[columns.length - 1])}`;
}

export function groupText(names: readonly string[], { columns }: Pick<NameGroup, 'columns'>): string {
  return `${namesText(names, columns)} (${columns.length} columns)`;
}

const quotedName = (name: string): string => (/^[\w.-]+$/.test(name) ? name : JSON.stringify(name));

/** The columns as `--columns` takes them: a glob that fits them exactly, ranges of neighbours, and names. */
function columnList(names: readonly string[], chosen: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const column of chosen) {
    const last = runs.at(-1);
    if (last && last[1] === column - 1) last[1] = column;
    else runs.push([column, column]);
  }
  const escaped = (column: number): string =>
    names[column].replaceAll(/[*?]/g, '\\$&').replaceAll(',', '\\,');
  if (runs.length > SPELLED_OUT) {
    const glob = commonGlob(names, chosen);
    if (glob !== undefined) return glob;
  }
  return runs
    .map(([from, to]) =>
      to - from < 2
        ? Array.from({ length: to - from + 1 }, (_, step) => escaped(from + step)).join(',')
        : `${escaped(from)}..${escaped(to)}`,
    )
    .join(',');
}

/** `logit_*`, where no other column begins so. */
function commonGlob(names: readonly string[], chosen: readonly number[]): string | undefined {
  let stem = names[chosen[0]];
  for (const column of chosen) while (!names[column].startsWith(stem)) stem = stem.slice(0, -1);
  stem = stem.replace(/\d+$/, '');
  if (stem === '' || /[*?,\\]/.test(stem)) return undefined;
  const meant = new Set(chosen);
  return names.every((name, column) => meant.has(column) || !name.startsWith(stem)) ? `${stem}*` : undefined;
}
