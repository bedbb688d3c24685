import type { Field, Schema } from '../arrow/types.ts';
import { LogitmillError } from '../errors.ts';
import { optionText } from '../input/csv/problems.ts';
import { isFloat, scalarDtype } from '../ops/dtypes.ts';
import { chooseScalars, distinct, type ScalarChoice } from './choose-scalars.ts';
import { groupRole, isIndexName, isOfGroup, nameGroups, scalarRole } from './column-names.ts';
import { columnsHint, either, namesText } from './columns-hint.ts';
import { describe, quoted, wayOut } from './field-words.ts';
import { among, without } from './index-sets.ts';
import { castHint, integerText } from './integer-hints.ts';
import { isOddNumber, type ListCandidate, listCandidates } from './list-candidates.ts';
import { bitsDtype, leafDtype, listLeaf } from './list-shape.ts';
import { isBits, type LogitsOptions, widestFloat } from './logits-options.ts';

/** What is known of a file's columns beyond their types. */
export interface SchemaFacts {
  /** Whether a column has no value at all. */
  isEmpty?(column: number): boolean;
}

export interface ChosenColumns {
  form: 'list' | 'wide';
  columns: readonly number[];
}

/**
 * The columns that must be the logits, when nobody says which. Every column that can hold scores is a candidate,
 * whether it can be read or not; where there are several, none is taken.
 * @throws LogitmillError AMBIGUOUS_COLUMNS, INTEGER_LOGITS, NO_LOGITS, UNSUPPORTED_COLUMN
 */
export function chooseColumns(
  schema: Schema,
  options: LogitsOptions,
  file: string,
  facts: SchemaFacts,
): ChosenColumns {
  return new Chooser(schema, options, file, facts).choose();
}

/** One way to take logits from the file: what it is, and what to type for it. */
interface Candidate {
  text: string;
  hint: string | undefined;
}

class Chooser {
  private readonly names: readonly string[];
  private readonly indexes: ReadonlySet<number>;
  private readonly bits: boolean;

  constructor(
    private readonly schema: Schema,
    private readonly options: LogitsOptions,
    private readonly file: string,
    private readonly facts: SchemaFacts,
  ) {
    this.names = schema.fields.map(({ name }) => name);
    this.indexes = indexColumns(schema);
    this.bits = isBits(options);
  }

  choose(): ChosenColumns {
    const lists = listCandidates(this.schema.fields, this.bits).filter(
      ({ column }) => !this.indexes.has(column),
    );
    const floats = this.floats();
    // Token ids, masks and labels, which say by their names what they are, are in nobody's way.
    // Where a list of floats says that it is the logits, no integers are meant.
    const isNamed = lists.some(({ role, readable }) => role === 'logits' && isFloat(readable));
    const rivals = lists.filter(({ role, integers }) => !(integers && (isNamed || role === 'identity')));
    const plain = rivals.filter(({ isStruct }) => !isStruct);
    const [only] = plain;
    const groups = this.groups(floats);
    if (plain.length === 1 && this.isTaken(only) && groups.length === 0 && rivals.length === 1)
      return this.takenList(only, floats);
    if (rivals.length > 0) throw this.refuseLists(rivals, floats, groups);
    this.refuseUnreadLogits();
    if (floats.length > 0) return { form: 'wide', columns: this.scalars(floats) };
    return this.integers(lists);
  }

  /** Columns that say by their names that they are the logits, and cannot be read: nothing beside them is taken or offered. */
  private refuseUnreadLogits(): void {
    const unread = this.indicesOf(
      (field) => field.dictionary !== null || (leafDtype(field, this.bits) === null && !isOddNumber(field)),
    ).filter((column) => scalarRole(this.names[column]) === 'logits');
    const [first] = unread;
    if (first === undefined) return;
    throw this.error(
      'AMBIGUOUS_COLUMNS',
      `${namesText(this.names, unread)} ${unread.length === 1 ? 'says by its name that it is' : 'say by their names that they are'} the logits, and ${unread.length === 1 ? 'is' : 'are'} ${describe(this.schema.fields[first])}`,
      wayOut(this.schema.fields[first]) ??
        `write ${unread.length === 1 ? 'it as a column' : 'them as columns'} of floats`,
    );
  }

  /** Scalar columns of floats, without indexes; `--bits` makes floats of 16 bits. */
  private floats(): number[] {
    const isScalarFloat = (field: Field): boolean =>
      this.bits ? bitsDtype(field) !== null : isFloat(scalarDtype(field));
    return this.indicesOf(isScalarFloat);
  }

  private indicesOf(test: (field: Field) => boolean): number[] {
    return this.schema.fields.flatMap((field, column) =>
      test(field) && !this.indexes.has(column) ? [column] : [],
    );
  }

  /** Whether a list is of floats that can be read, or of what the user says how to read. */
  private isTaken({ readable }: ListCandidate): boolean {
    if (readable === null) return false;
    return isFloat(readable) || (readable === 'bfloat16' && this.bits) || this.options.dtype !== undefined;
  }

  private takenList(list: ListCandidate, floats: readonly number[]): ChosenColumns {
    const isOfFloats = isFloat(list.readable) || list.readable === 'bfloat16';
    // Integers were not asked for by name: floats beside them may be what is meant.
    if (!isOfFloats && floats.length > 0) throw this.refuseLists([list], floats, []);
    if (list.role === 'other' || list.role === 'identity') {
      throw this.error(
        'AMBIGUOUS_COLUMNS',
        `the only list of numbers is ${this.listText(list)}, which is no logits by its name`,
        'name the column that holds logits with --column, if one does',
      );
    }
    return { form: 'list', columns: [list.column] };
  }

  /** Scalars that share a pattern: floats, and integers and decimals whose names say logits. */
  private groups(floats: readonly number[]) {
    const isNumber = (field: Field): boolean => leafDtype(field, this.bits) !== null || isOddNumber(field);
    const numbers = this.indicesOf(isNumber);
    const isLogits = (columns: readonly number[]): boolean =>
      without(columns, floats).length === 0 || columns.length > 1;
    return nameGroups(this.names, numbers).filter((group) => {
      const role = groupRole(group);
      if (role === 'identity' || role === 'index') return false;
      const ofFloats = among(group.columns, floats);
      return isLogits(group.columns) && (ofFloats.length > 1 || role === 'logits');
    });
  }

  /** The scalar floats, when there is no list. */
  private scalars(floats: readonly number[]): readonly number[] {
    const empty = new Set(floats.filter((column) => this.facts.isEmpty?.(column)));
    const filled = floats.filter((column) => !empty.has(column));
    // Where no column has a value, that is said of the rows.
    const columns = filled.length === 0 ? floats : filled;
    this.refuseOtherMembers(floats, columns);
    const choice = chooseScalars(this.names, columns);
    if (!('take' in choice)) throw this.refuseScalars(choice, columns);
    const dtypes = columns.map((column) => leafDtype(this.schema.fields[column], this.bits));
    if (!this.options.dtype && new Set(dtypes).size > 1) this.refuseMixed(columns);
    const odd = this.indicesOf(isOddNumber).filter((column) => scalarRole(this.names[column]) !== 'identity');
    if (odd.length > 0) {
      const [first] = odd;
      throw this.error(
        'AMBIGUOUS_COLUMNS',
        `${this.columnText(first)} may be a class beside ${namesText(this.names, columns)}`,
        either([columnsHint(this.names, columns), wayOut(this.schema.fields[first])]),
      );
    }
    return choice.take;
  }

  /** A class whose column is of another type, or has no value: leaving it out would be wrong, and is never done unasked. */
  private refuseOtherMembers(floats: readonly number[], columns: readonly number[]): void {
    for (const group of nameGroups(this.names, columns)) {
      const members = this.indicesOf((field) => isOfGroup(group, field.name));
      const missing = without(members, group.columns);
      if (missing.length === 0) continue;
      const [first] = missing;
      const numbers = members.every((column) => leafDtype(this.schema.fields[column], this.bits) !== null);
      const why = floats.includes(first) ? 'has no value' : `is ${describe(this.schema.fields[first])}`;
      const cast = this.castOf(members);
      throw this.error(
        'AMBIGUOUS_COLUMNS',
        `column ${quoted(this.names[first])} ${why}, and by its name belongs to ${namesText(this.names, group.columns)}`,
        numbers
          ? either([
              this.columnsWith(members, cast),
              floats.includes(first) ? this.columnsWith(group.columns, '') : undefined,
            ])
          : (wayOut(this.schema.fields[first]) ??
              `write ${quoted(this.names[first])} as a column of numbers`),
      );
    }
  }

  private refuseScalars(
    choice: Extract<ScalarChoice, { choices: unknown }>,
    columns: readonly number[],
  ): LogitmillError {
    const hint = either(choice.choices.map((set) => this.columnsWith(set, this.castOf(set))));
    const all = namesText(this.names, columns);
    switch (choice.why) {
      case 'lone':
        return this.error(
          'AMBIGUOUS_COLUMNS',
          columns.length === 1
            ? `the only float column is ${quoted(this.names[columns[0]])}: one number a row, which is no logits of classes`
            : `which columns are logits? ${all} are no classes by their names`,
          'name the class columns with --columns',
        );
      case 'pattern': {
        const [first] = choice.choices;
        const others = without(columns, first);
        return this.error(
          'AMBIGUOUS_COLUMNS',
          `which columns are logits? ${namesText(this.names, first)} share a pattern, ${namesText(this.names, others)} ${others.length === 1 ? 'does' : 'do'} not`,
          hint ?? SHARED_NAMES,
        );
      }
      case 'names':
        return this.error(
          'AMBIGUOUS_COLUMNS',
          `which columns are logits? Among ${all} are some that by their names may be something else`,
          hint ?? (choice.choices.length === 0 ? 'name the class columns with --columns' : SHARED_NAMES),
        );
    }
  }

  /** All are taken once there is a dtype to cast to; where one differs from all others, it may be no class. */
  private refuseMixed(columns: readonly number[]): void {
    const byDtype = new Map<string, number[]>();
    for (const column of columns) {
      const dtype = String(leafDtype(this.schema.fields[column], this.bits));
      byDtype.set(dtype, [...(byDtype.get(dtype) ?? []), column]);
    }
    if (nameGroups(this.names, columns).length > 0) return;
    const [most, ...rest] = [...byDtype].sort((a, b) => b[1].length - a[1].length);
    throw this.error(
      'MIXED_DTYPES',
      `column ${quoted(this.names[most[1][0]])} is ${most[0]}, column ${quoted(this.names[rest[0][1][0]])} is ${rest[0][0]}: logits of several dtypes need one to be cast to`,
      either([this.castOf(columns), most[1].length > 1 ? columnsHint(this.names, most[1]) : undefined]),
    );
  }

  private refuseLists(
    rivals: readonly ListCandidate[],
    floats: readonly number[],
    groups: ReturnType<Chooser['groups']>,
  ): LogitmillError {
    const rank = { logits: 0, unknown: 1, other: 2, identity: 3, index: 4 };
    const sorted = [...rivals].sort((a, b) => rank[a.role] - rank[b.role]);
    const candidates = sorted.map((list) => this.listCandidate(list));
    for (const { columns } of groups)
      candidates.push({
        text: `${namesText(this.names, columns)} (${columns.length} columns of numbers)`,
        hint: this.columnsWith(columns, this.castOf(columns)),
      });
    const grouped = new Set(groups.flatMap(({ columns }) => columns));
    const others = floats.filter((column) => !grouped.has(column));
    const choice: ScalarChoice =
      groups.length > 0 || others.length === 0
        ? { choices: [], why: 'lone' }
        : chooseScalars(this.names, others);
    const sets = 'take' in choice ? [choice.take] : choice.choices;
    for (const set of sets) {
      candidates.push({
        text: `${namesText(this.names, set)} (${set.length} columns of floats)`,
        hint: this.columnsWith(set, this.castOf(set)),
      });
    }
    if (sets.length === 0 && groups.length === 0) {
      for (const column of others.slice(0, 4))
        candidates.push({ text: `${this.columnText(column)}, one number a row`, hint: undefined });
    }
    if (candidates.length === 1) return this.refuseOnly(rivals[0]);
    return this.error(
      'AMBIGUOUS_COLUMNS',
      `${candidates.length} columns could be the logits: ${candidates.map(({ text }) => text).join(', ')}`,
      either(candidates.map(({ hint }) => hint)),
    );
  }

  /** The only candidate, which is not taken as it is. */
  private refuseOnly(list: ListCandidate): LogitmillError {
    const { readable, role } = list;
    if (readable === null) {
      return this.error(
        'NO_LOGITS',
        `no float column to take logits from (it has ${this.columnsText()})`,
        this.unreadHint(list),
      );
    }
    const named = role !== 'identity' && role !== 'other';
    return this.error(
      'INTEGER_LOGITS',
      `no column of floats; the only list of numbers, ${this.listText(list)}, holds ${integerText(readable)}`,
      named
        ? castHint(readable, this.columnOption(list))
        : 'name the column that holds logits with --column and --dtype, if one does',
    );
  }

  private unreadHint(list: ListCandidate): string | undefined {
    const isBits = !this.bits && listLeaf(list.field, true) === 'bfloat16';
    return isBits ? `${this.columnOption(list)} --bits bfloat16` : wayOut(list.field);
  }

  private listCandidate(list: ListCandidate): Candidate {
    const { field, readable, role } = list;
    if (readable === null) {
      const unread = this.unreadHint(list) ?? 'write it as a list of floats';
      const isOption = unread.startsWith('--');
      return {
        text: `${this.listText(list)}, which is not read${isOption ? ' as it is' : ''}`,
        hint: isOption ? unread : `for ${quoted(field.name)}: ${unread}`,
      };
    }
    const option = this.columnOption(list);
    const hint = isFloat(readable) || this.bits ? option : castHint(readable, option);
    return { text: this.listText(list), hint: role === 'identity' ? undefined : hint };
  }

  /** Nothing is a float: with a dtype to cast to, integers that share a pattern, or integers alone, are the logits. */
  private integers(lists: readonly ListCandidate[]): ChosenColumns {
    const numbers = this.indicesOf((field) => leafDtype(field, this.bits) !== null);
    const choice = chooseScalars(this.names, numbers);
    const odd = this.indicesOf((field) => isOddNumber(field) && leafDtype(field, this.bits) === null);
    if (
      lists.length === 0 &&
      odd.length === 0 &&
      'take' in choice &&
      numbers.length === this.schema.fields.length - this.indexes.size
    )
      return { form: 'wide', columns: choice.take };
    const sets = 'take' in choice ? [choice.take] : choice.choices;
    if (sets.length === 0) {
      throw this.error(
        'NO_LOGITS',
        `no float column to take logits from (it has ${this.columnsText()})`,
        numbers.length > 1 || lists.length > 0
          ? 'name the columns that hold logits with --columns or --column, and --dtype, if some do'
          : this.schema.fields.map(wayOut).find((found) => found !== undefined),
      );
    }
    throw this.error(
      'INTEGER_LOGITS',
      `no column of floats; integers: ${namesText(this.names, sets[0])}`,
      either(distinct(sets).map((set) => this.columnsWith(set, this.castOf(set)))) ?? SHARED_NAMES,
    );
  }

  /** The `--dtype` that columns need which are not all of one float type. */
  private castOf(columns: readonly number[]): string {
    const dtypes = columns.map((column) => leafDtype(this.schema.fields[column], this.bits) ?? 'float64');
    if (this.options.dtype || dtypes.every((dtype) => dtype === dtypes[0] && isFloat(dtype))) return '';
    if (this.bits) return '';
    return dtypes.every((dtype) => dtype === dtypes[0])
      ? castHint(dtypes[0], '')
      : `--dtype ${widestFloat(dtypes)}`;
  }

  private columnsWith(columns: readonly number[], cast: string): string | undefined {
    const selection = columnsHint(this.names, columns);
    if (selection === undefined || cast === '') return selection;
    return cast
      .split('  or  ')
      .map((one) => `${selection} ${one}`)
      .join('  or  ');
  }

  private columnOption({ field, column }: ListCandidate): string {
    const shared = this.names.some((name, other) => name === field.name && other !== column);
    return shared ? SHARED_NAMES : `--column ${optionText(field.name)}`;
  }

  private listText({ field }: ListCandidate): string {
    return `${quoted(field.name)} (${describe(field)})`;
  }

  private columnText(column: number): string {
    return `${quoted(this.names[column])} (${describe(this.schema.fields[column])})`;
  }

  private columnsText(): string {
    const { fields } = this.schema;
    const described = fields.slice(0, 8).map((field) => `${field.name} ${describe(field)}`);
    return `${described.join(', ') || 'no columns'}${fields.length > 8 ? `, and ${fields.length - 8} more` : ''}`;
  }

  private error(
    code: 'AMBIGUOUS_COLUMNS' | 'INTEGER_LOGITS' | 'NO_LOGITS' | 'MIXED_DTYPES',
    message: string,
    hint: string | undefined,
  ): LogitmillError {
    return new LogitmillError(code, message, { file: this.file, hint });
  }
}

const SHARED_NAMES = 'names of their own for the columns that share one';

/** What pandas, or a name, calls an index. */
function indexColumns({ fields, metadata }: Schema): Set<number> {
  const named = pandasIndexes(metadata);
  return new Set(
    fields.flatMap(({ name }, column) => (isIndexName(name) || named.has(name) ? [column] : [])),
  );
}

/** The names in `index_columns` of the schema's `pandas` metadata; ranges, which are no columns, are objects there. */
function pandasIndexes(metadata: Schema['metadata']): Set<string> {
  const text = metadata.find(([key]) => String(key) === 'pandas')?.[1];
  if (text === undefined) return new Set();
  try {
    const { index_columns: columns } = JSON.parse(String(text)) as { index_columns?: unknown };
    return new Set(Array.isArray(columns) ? columns.filter((column) => typeof column === 'string') : []);
  } catch {
    return new Set();
  }
}
