import { decode, type FieldClass, isMissing, kindOfClass, mergeKinds } from './kinds.ts';
import type { RowFields } from './rows.ts';
import type { CsvDialect, CsvKind, CsvLook, SampledField } from './types.ts';
import { bareValue } from './values.ts';

/** The classes that are counted, by place. */
const COUNTED = [
  'integer',
  'decimal',
  'whole',
  'digits',
  'boolean',
  'missing',
  'comma',
  'thousands',
  'list',
  'text',
] as const;
const PLACES = new Map<FieldClass, number>(COUNTED.map((name, place) => [name, place]));

/** More spellings of null than this no file has. */
const MOST_SPELLINGS = 8;

/** Bytes of a field that are kept to be shown. */
const SHOWN_BYTES = 200;

type Counts = Readonly<Record<(typeof COUNTED)[number], number>>;

/** What the sampled fields of every column are; there may be 100,000 columns. */
export class ColumnSamples {
  private readonly kinds: CsvKind[];
  private readonly counts: Uint32Array;
  /** The last value of a column that counts the rows so far; NaN where it does not. */
  private readonly last: Float64Array;
  private readonly odd = new Map<number, SampledField>();
  private readonly spellings = new Map<number, Set<string>>();
  private rows = 0;

  constructor(private readonly columns: number) {
    this.kinds = new Array<CsvKind>(columns).fill('empty');
    this.counts = new Uint32Array(columns * COUNTED.length);
    this.last = new Float64Array(columns).fill(Number.NEGATIVE_INFINITY);
  }

  /** @param line newlines before the row */
  addRow(
    bytes: Uint8Array,
    row: RowFields,
    dialect: CsvDialect,
    line: number,
    classOf: (start: number, end: number) => FieldClass,
  ): void {
    const quote = dialect.quote === 0 ? '' : String.fromCharCode(dialect.quote);
    for (let column = 0; column < this.columns; column++) {
      const [start, end] = [row.starts[column], row.ends[column]];
      const found = classOf(start, end);
      this.kinds[column] = mergeKinds(this.kinds[column], kindOfClass(found));
      const bare = (): string => {
        const field = decode(bytes, start, end);
        return bareValue(field, quote)?.text ?? field;
      };
      if (!Number.isNaN(this.last[column])) this.count(column, found, bare);
      if (found === 'empty') continue;
      const place = PLACES.get(found) as number;
      this.counts[column * COUNTED.length + place]++;
      if (place >= FIRST_ODD)
        this.addOdd(
          column,
          found,
          { line, row: this.rows, text: decode(bytes, start, Math.min(end, start + SHOWN_BYTES)) },
          dialect,
        );
    }
    this.rows++;
  }

  /** As a type to pass through with. Leading zeros are an identifier's, but for a column that has fractions. */
  kind(column: number): CsvKind {
    const found = this.kinds[column];
    if (found !== 'utf8') return found;
    const { decimal, whole, digits, boolean, missing, comma, thousands, list, text } = this.countsOf(column);
    const others = boolean + missing + comma + thousands + list + text;
    return digits > 0 && decimal + whole > 0 && others === 0 ? 'decimal' : found;
  }

  look(column: number): CsvLook {
    const counts = this.countsOf(column);
    const { integer, decimal, whole, digits, boolean, missing, comma, thousands, list, text } = counts;
    const fractions = decimal + comma + thousands;
    const numbers = integer + whole + decimal + (decimal > 0 ? digits : 0);
    const others = boolean + text + (decimal > 0 ? 0 : digits);
    if (numbers + others + comma + thousands + list === 0) return 'empty';
    // A table with decimal commas may have whole numbers too, but no point.
    if (comma + thousands > 0 && decimal + whole === 0 && comma + thousands >= others + list) return 'commas';
    if (list > 0 && list >= numbers + others) return 'lists';
    if (others + list === 0) return decimal > 0 || (whole > 0 && integer === 0) ? 'decimal' : 'integer';
    if (fractions > 0 && numbers >= others + list + comma + thousands) return 'decimal';
    if (numbers > others + list + comma + thousands) return 'integer';
    return boolean > 0 && text + digits + list + numbers === 0
      ? 'boolean'
      : missing + text > 0
        ? 'text'
        : 'text';
  }

  /** Whether a column's numbers go up by one from row to row, in three rows and more. */
  isCounter(column: number): boolean {
    return this.rows > 2 && Number.isFinite(this.last[column]);
  }

  /** The first field that is no number, and how null is spelled in the column. */
  oddField(column: number): (SampledField & { nulls: readonly string[] }) | undefined {
    const field = this.odd.get(column);
    return field && { ...field, nulls: [...(this.spellings.get(column) ?? [])] };
  }

  private countsOf(column: number): Counts {
    return Object.fromEntries(
      COUNTED.map((name, place) => [name, this.counts[column * COUNTED.length + place]]),
    ) as unknown as Counts;
  }

  private count(column: number, found: FieldClass, text: () => string): void {
    if (found !== 'integer' && found !== 'decimal') {
      this.last[column] = Number.NaN;
      return;
    }
    const value = Number(text());
    const before = this.last[column];
    const goesOn = Number.isInteger(value) && (before === Number.NEGATIVE_INFINITY || value === before + 1);
    this.last[column] = goesOn ? value : Number.NaN;
  }

  private addOdd(column: number, found: FieldClass, field: SampledField, { quote }: CsvDialect): void {
    if (!this.odd.has(column)) this.odd.set(column, field);
    if (found !== 'missing') return;
    const text = bareValue(field.text, quote === 0 ? '' : String.fromCharCode(quote))?.text ?? field.text;
    const known = this.spellings.get(column) ?? new Set<string>();
    if (isMissing(text) && known.size < MOST_SPELLINGS) known.add(text);
    this.spellings.set(column, known);
  }
}

/** From this place on, classes are no numbers. */
const FIRST_ODD = COUNTED.indexOf('boolean');
