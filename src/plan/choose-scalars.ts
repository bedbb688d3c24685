import { groupRole, type NameGroup, nameGroups, scalarRole } from './column-names.ts';

/** Which of some columns of numbers are the logits: those, or what there is to choose from. */
export type ScalarChoice =
  | { take: readonly number[] }
  | {
      /** Sets of columns, the likeliest first; none where nothing can be offered. */
      choices: readonly (readonly number[])[];
      why: 'lone' | 'pattern' | 'names';
    };

/**
 * @param names of all columns of the file; generated ones (c0, c1, …) are told by `named`
 * @param columns indices of those that may be logits, ascending, indexes and empty columns left out
 */
export function chooseScalars(
  names: readonly string[],
  columns: readonly number[],
  named = true,
): ScalarChoice {
  if (columns.length < 2) return { choices: [], why: 'lone' };
  if (!named || areLetters(names, columns)) return { take: columns };
  const groups = nameGroups(names, columns).sort((a, b) => likelihood(b) - likelihood(a));
  if (groups.some((group) => group.columns.length === columns.length)) return { take: columns };
  const roles = new Map(columns.map((column) => [column, scalarRole(names[column])]));
  const isIdentity = (column: number): boolean => roles.get(column) === 'identity';
  const likely = groups.filter((group) => groupRole(group) !== 'identity');
  const unlikely = new Set(
    likely.length === 0
      ? []
      : groups.filter((group) => !likely.includes(group)).flatMap(({ columns }) => columns),
  );
  const offered = columns.filter((column) => !isIdentity(column) && !unlikely.has(column));
  if (offered.length < 2) return { choices: [], why: 'lone' };
  if (groups.length > 0)
    return { choices: distinct([...likely.map((group) => group.columns), offered]), why: 'pattern' };
  const plain = offered.filter((column) => roles.get(column) !== 'other');
  if (plain.length === columns.length) return { take: columns };
  // Where hardly a name may be a class's, none is offered.
  return { choices: plain.length > 1 ? distinct([plain, offered]) : [], why: 'names' };
}

/** x, y, z: of a kind, so that none says more than the others. */
function areLetters(names: readonly string[], columns: readonly number[]): boolean {
  return columns.length > 2 && columns.every((column) => /^[a-z]$/i.test(names[column]));
}

function likelihood(group: NameGroup): number {
  const role = groupRole(group);
  const rank = { logits: 3, unknown: 2, other: 1, identity: 0, index: 0 }[role];
  return rank * 1e6 + group.columns.length;
}

/** Sets of columns, each once. */
export function distinct(sets: readonly (readonly number[])[]): (readonly number[])[] {
  const seen = new Set<string>();
  return sets.filter((set) => {
    const key = set.join(',');
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
