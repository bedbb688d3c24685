import { LogitmillError } from '../errors.ts';
import { problemError } from '../input/csv/problems.ts';
import type { CsvColumn, CsvDescription, CsvLook } from '../input/csv/types.ts';
import { chooseScalars, distinct } from './choose-scalars.ts';
import { isIndexName, isOfGroup, listRole, nameGroups, scalarRole } from './column-names.ts';
import { columnsHint, either, namesText } from './columns-hint.ts';
import { quoted } from './field-words.ts';
import { among, without } from './index-sets.ts';

type Described = Pick<CsvDescription, 'columns' | 'header' | 'quote' | 'decimal' | 'nullValues' | 'isWhole'>;

/**
 * The columns with the logits, when the user does not say which: all that are numbers, if all look alike. Indexes and
 * columns without a value are left out.
 * @returns indices, ascending
 * @throws LogitmillError AMBIGUOUS_COLUMNS with what there is to choose from, UNSUPPORTED_COLUMN, NO_LOGITS, BAD_NUMBER
 */
export function chooseCsvLogits(text: Described, file?: string): number[] {
  return new CsvChooser(text, file).choose();
}

/**
 * The first field of the sample in one of the columns that is no number, as it would be found later in the file.
 * @throws LogitmillError BAD_NUMBER
 */
export function refuseOddFields(text: Described, columns: readonly number[], file?: string): void {
  const found = columns
    .flatMap((column) => {
      const { odd } = text.columns[column];
      return odd ? [{ column, ...odd }] : [];
    })
    .sort((a, b) => a.row - b.row || a.column - b.column);
  const [first] = found;
  if (!first) return;
  const nulls = [...new Set(found.flatMap((one) => one.nulls))];
  throw problemError({ kind: 'value', wanted: 'logit', ...first, nulls }, text, file);
}

class CsvChooser {
  private readonly columns: readonly CsvColumn[];
  private readonly names: readonly string[];
  private readonly named: boolean;

  constructor(
    private readonly text: Described,
    private readonly file: string | undefined,
  ) {
    this.columns = text.columns;
    this.names = text.columns.map(({ name }) => name);
    this.named = text.header;
  }

  choose(): number[] {
    const all = this.columns.map((_, column) => column).filter((column) => !this.isIndex(column));
    this.refuseCommas(all);
    const filled = all.filter((column) => this.columns[column].look !== 'empty');
    // Where no column has a value, that is said of the rows.
    if (filled.length === 0) return all.length > 0 ? all : this.columns.map((_, column) => column);
    const decimals = this.numbers(filled, 'decimal');
    const integers = without(this.numbers(filled, 'integer'), decimals);
    const numbers = [...decimals, ...integers].sort((a, b) => a - b);
    this.refuseLists(filled, numbers);
    if (numbers.length === 0) throw this.noNumbers();
    const others = without(filled, numbers);
    const empty = all.filter((column) => this.columns[column].look === 'empty');
    const likely = decimals.length > 0 ? decimals : integers;
    const taken = chooseScalars(this.names, likely, this.named);
    const mixed = decimals.length > 0 && integers.length > 0;
    const counters = likely.length > 1 && decimals.length === 0 ? this.counters(likely) : [];
    const unsure = this.emptyClasses(empty, likely);
    if ('take' in taken && !mixed && others.length === 0 && counters.length === 0 && unsure.length === 0) {
      refuseOddFields(this.text, taken.take, this.file);
      return [...taken.take];
    }
    const sets = this.sets(decimals, integers, unsure);
    throw this.ambiguous(likely, [...without(numbers, likely), ...others], sets, unsure, counters);
  }

  /** A column that tools write by themselves; without a header, none has a name. */
  private isIndex(column: number): boolean {
    return this.named && isIndexName(this.names[column]);
  }

  /** Columns that look so, and those that by their names belong to them and have some numbers. */
  private numbers(filled: readonly number[], look: CsvLook): number[] {
    const found = filled.filter((column) => this.columns[column].look === look);
    return found;
  }

  /** Whole numbers that count the rows, beside others that do not. */
  private counters(integers: readonly number[]): number[] {
    const found = integers.filter((column) => this.columns[column].counts);
    return found.length < integers.length ? found : [];
  }

  /**
   * Columns without a value that may be classes all the same: by their names, or because the file goes on. The last one
   * may be what a delimiter at the end of each row makes.
   */
  private emptyClasses(empty: readonly number[], numbers: readonly number[]): number[] {
    const groups = this.named ? nameGroups(this.names, [...numbers, ...empty]) : [];
    const withNumbers = groups.filter((group) => among(group.columns, numbers).length > 0);
    const isTrailing = (column: number): boolean => !this.named && column === this.columns.length - 1;
    return empty.filter((column) => {
      if (isTrailing(column)) return false;
      const ofPattern = withNumbers.some((group) => isOfGroup(group, this.names[column]));
      return ofPattern || (!this.text.isWhole && groups.length === 0 && !this.isKnown(column));
    });
  }

  /** Whether a name says that a column is none of the classes. */
  private isKnown(column: number): boolean {
    const role = this.named ? scalarRole(this.names[column]) : 'unknown';
    return role === 'identity' || /^(?:notes?|comments?|remarks?|description)$/i.test(this.names[column]);
  }

  /** What there is to choose from, the likeliest first. */
  private sets(
    decimals: readonly number[],
    integers: readonly number[],
    unsure: readonly number[],
  ): (readonly number[])[] {
    const offered = (columns: readonly number[]): number[] =>
      columns.filter((column) => !this.isNoClass(column)).sort((a, b) => a - b);
    const likely = offered(decimals.length > 0 ? decimals : integers);
    const all = offered([...decimals, ...integers, ...unsure]);
    const sets: (readonly number[])[] = [];
    const groups = this.named ? nameGroups(this.names, all) : [];
    for (const group of groups) {
      sets.push(group.columns);
      // A class that is whole throughout, among decimals, or an id.
      sets.push(among(group.columns, likely));
    }
    const choice = chooseScalars(this.names, likely, this.named);
    if ('choices' in choice) sets.push(...choice.choices);
    // Classes stand together, as a rule.
    const [first, last] = [likely[0], likely[likely.length - 1]];
    const span = all.filter((column) => column >= first && column <= last);
    if (groups.length === 0 && all.length - likely.length > 1) sets.push(span);
    if (this.named) sets.push(all.filter((column) => scalarRole(this.names[column]) !== 'other'));
    // An id stands first, as a rule.
    const idFirst = all.length > 0 && !likely.includes(all[0]);
    sets.push(...(idFirst || groups.length > 0 ? [likely, all] : [all, likely]));
    if (decimals.length > 0 && groups.length === 0) sets.push(offered(integers));
    const isPlain = (column: number): boolean =>
      !this.named || ['unknown', 'logits'].includes(scalarRole(this.names[column]));
    return distinct(sets.filter((set) => set.filter(isPlain).length > 1));
  }

  /** Ids and labels, by their names, or by their numbers: never offered. */
  private isNoClass(column: number): boolean {
    const { counts, look } = this.columns[column];
    return (
      (counts &&
        look === 'integer' &&
        this.columns.some(
          (other) => !other.counts && (isNumberLook(other.look) || other.look === 'lists'),
        )) ||
      (this.named && scalarRole(this.names[column]) === 'identity')
    );
  }

  private ambiguous(
    likely: readonly number[],
    others: readonly number[],
    sets: readonly (readonly number[])[],
    unsure: readonly number[],
    counters: readonly number[],
  ): LogitmillError {
    const choices = sets.map((set) => columnsHint(this.names, set));
    // Of whole numbers among decimals, any may be a class.
    const isOpen = choices.length === 0 || likely.length + 1 < Math.max(...sets.map((set) => set.length));
    const isShared = choices.length > 0 && choices.every((choice) => choice === undefined);
    const hint = isShared
      ? 'names of their own for the columns that share one'
      : either([...choices, isOpen ? 'name the class columns with --columns' : undefined]);
    return new LogitmillError(
      'AMBIGUOUS_COLUMNS',
      `which columns are logits? ${this.why(likely, others, unsure, counters)}`,
      {
        file: this.file,
        hint,
      },
    );
  }

  private why(
    likely: readonly number[],
    others: readonly number[],
    unsure: readonly number[],
    counters: readonly number[],
  ): string {
    const kind = this.columns[likely[0]].look === 'decimal' ? 'decimals' : 'integers';
    const [first] = others;
    if (first !== undefined) {
      const more = others.length === 1 ? '' : ` and ${others.length - 1} more`;
      const count = `${likely.length} ${likely.length === 1 ? 'column' : 'columns'} of ${kind}`;
      return `${JSON.stringify(this.names[first])}${more} ${others.length === 1 ? 'holds' : 'hold'} ${LOOKS[this.columns[first].look]} beside ${count}`;
    }
    if (counters.length > 0)
      return `${namesText(this.names, counters)} counts the rows, beside ${likely.length - counters.length} other columns of integers`;
    if (unsure.length > 0) return `${namesText(this.names, unsure)} has no value in the first rows`;
    if (likely.length === 1)
      return `${quoted(this.names[likely[0]])} is the only column of numbers: one number a row is no logits of classes`;
    return `${namesText(this.names, likely)} do not belong together by their names`;
  }

  /** Decimal commas, where there are no decimal points: all numbers of the file are to be read so. */
  private refuseCommas(columns: readonly number[]): void {
    const looks = columns.map((column) => this.columns[column].look);
    if (!looks.includes('commas') || looks.includes('decimal')) return;
    refuseOddFields(
      this.text,
      columns.filter((column) => this.columns[column].look === 'commas'),
      this.file,
    );
  }

  /** Lists in cells, which may be the logits whatever stands beside them. */
  private refuseLists(filled: readonly number[], numbers: readonly number[]): void {
    const lists = filled.filter(
      (column) =>
        this.columns[column].look === 'lists' && !(this.named && listRole(this.names[column]) === 'identity'),
    );
    if (lists.length === 0) return;
    const [first] = lists;
    const ofLook = (look: CsvLook) => numbers.filter((column) => this.columns[column].look === look);
    const isPlain = (column: number): boolean =>
      ['unknown', 'logits'].includes(scalarRole(this.names[column]));
    const sets = this.sets(ofLook('decimal'), ofLook('integer'), []).filter(
      (set) => this.named && set.every(isPlain),
    );
    const odd = this.columns[first].odd;
    throw new LogitmillError(
      'UNSUPPORTED_COLUMN',
      `column ${quoted(this.names[first])} holds lists, ${odd === undefined ? '' : `such as ${JSON.stringify(odd.text.slice(0, 40))}, `}which are not read from text`,
      {
        file: this.file,
        hint: either([
          ...sets.map((set) => columnsHint(this.names, set)),
          'a column for each number, or an Arrow file with a list column',
        ]),
      },
    );
  }

  private noNumbers(): LogitmillError {
    const [only] = this.columns;
    const message =
      this.columns.length === 1 ? `its one column, "${only.name}", has no numbers` : 'no column has numbers';
    return new LogitmillError('NO_LOGITS', message, {
      file: this.file,
      hint:
        this.columns.length === 1
          ? '--delimiter, if columns are divided by something else than , ; tab or |'
          : undefined,
    });
  }
}

const isNumberLook = (look: CsvLook): boolean => look === 'decimal' || look === 'integer';

const LOOKS: Readonly<Record<CsvLook, string>> = {
  integer: 'integers',
  decimal: 'decimals',
  boolean: 'true and false',
  text: 'text',
  commas: 'decimal commas',
  lists: 'lists',
  empty: 'nothing',
};
