import type { CsvKind } from './types.ts';

/** Words that stand for a missing value: they are no sign of a header. */
const MISSING = /^(?:n\/?a|#n\/a|null|none|nil|missing|undefined|-+|\?|\.)$/i;

/**
 * Whether the first row has the names of the columns.
 * @param texts the first row's fields, without quotes
 * @param kinds what they look like
 * @param below what each column looks like in the rows after it, `undefined` when there are none
 */
export function looksLikeHeader(
  texts: readonly string[],
  kinds: readonly CsvKind[],
  below: readonly CsvKind[] | undefined,
): boolean {
  if (below === undefined)
    return kinds.every((kind) => kind === 'utf8' || kind === 'empty') && kinds.includes('utf8');
  const typed = (kind: CsvKind) => kind === 'integer' || kind === 'decimal' || kind === 'boolean';
  // A name above numbers: as a value it could not stand there.
  if (texts.some((text, i) => kinds[i] === 'utf8' && typed(below[i]) && !MISSING.test(text.trim())))
    return true;
  if (kinds.some((kind, i) => typed(kind) && typed(below[i]))) return countsUp(texts, below);
  return kinds.every((kind) => kind === 'utf8' || kind === 'empty') && kinds.includes('utf8');
}

/** 0,1,2,… or 1,2,3,… over decimals: what pandas writes above columns without names; the first may be an index without one. */
function countsUp(texts: readonly string[], below: readonly CsvKind[]): boolean {
  const from = texts[0] === '' ? 1 : 0;
  const counted = texts.slice(from);
  const first = Number(counted[0]);
  return (
    counted.length > 1 &&
    (first === 0 || first === 1) &&
    counted.every((text, i) => text === String(first + i) && below[from + i] === 'decimal')
  );
}
