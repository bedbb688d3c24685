import type { CsvLook } from './types.ts';

/**
 * Whether the first row has the names of the columns; `unclear` where it may as well be one of the rows.
 * @param texts the first row's fields, without quotes
 * @param looks what they look like
 * @param below what each column looks like in the rows after it, `undefined` when there are none
 */
export function looksLikeHeader(
  texts: readonly string[],
  looks: readonly CsvLook[],
  below: readonly CsvLook[] | undefined,
): boolean | 'unclear' {
  const allNames = looks.every((look) => look === 'text' || look === 'empty') && looks.includes('text');
  if (below === undefined) return allNames;
  const typed = (look: CsvLook) => look !== 'text' && look !== 'empty';
  // A name above numbers: as a value it could not stand there.
  if (texts.some((text, i) => looks[i] === 'text' && typed(below[i]) && !/^-?\d+$/.test(text.trim())))
    return true;
  if (!looks.some((look, i) => typed(look) && typed(below[i]))) return allNames;
  return countsUp(texts, looks, below) || (classNumbers(texts, looks, below) ? 'unclear' : false);
}

/**
 * 0,1,2,… or 1,2,3,… is what pandas writes above columns without names, with the names of others and an index without
 * one among them. Above whole numbers alone, it may be a row of them.
 */
function countsUp(
  texts: readonly string[],
  looks: readonly CsvLook[],
  below: readonly CsvLook[],
): boolean | 'unclear' {
  const counted = texts.flatMap((_, i) => (looks[i] === 'text' || looks[i] === 'empty' ? [] : [i]));
  const others = texts.filter((_, i) => !counted.includes(i));
  const first = Number(texts[counted[0]]);
  const counts =
    counted.length > 1 &&
    (first === 0 || first === 1) &&
    counted.every((column, i) => texts[column] === String(first + i));
  const isNumber = (look: CsvLook) =>
    look === 'decimal' || look === 'integer' || look === 'commas' || look === 'empty';
  const under = counted.map((column) => below[column]);
  if (!counts || !under.every(isNumber)) return false;
  if (under.includes('decimal') || under.includes('commas') || others.includes('')) return true;
  return under.includes('integer') && first === 0 ? 'unclear' : false;
}

/**
 * 3,7,12 above fractions throughout are the numbers of classes, or a row that happens to be whole. One more row would be
 * a wrong number that nobody sees, so it is not guessed.
 */
function classNumbers(
  texts: readonly string[],
  looks: readonly CsvLook[],
  below: readonly CsvLook[],
): boolean {
  const numbers = texts.filter((_, i) => looks[i] === 'integer');
  return (
    numbers.length > 1 &&
    new Set(numbers).size === numbers.length &&
    texts.every((text, i) =>
      looks[i] === 'integer'
        ? /^\d+$/.test(text.trim()) && (below[i] === 'decimal' || below[i] === 'commas')
        : text === '',
    )
  );
}
