import type { Field } from '../arrow/types.ts';
import type { OutputColumn } from '../results/result.ts';

/** The key of a schema's metadata under which pandas keeps a frame's index and labels. */
export const PANDAS_KEY = 'pandas';

/** What pandas writes of a column, or of a level of the labels, as far as it is looked at here. */
interface Described {
  name?: unknown;
  field_name?: unknown;
  pandas_type?: unknown;
}

interface PandasMetadata {
  /** Names of columns; of a range, how to make it. */
  index_columns: unknown[];
  /** One for each level of the labels. */
  column_indexes?: Described[];
  columns: Described[];
}

/**
 * pandas' own metadata for the columns that come out, so that the frame is read back with its index: what is said of
 * columns that went goes, new columns are described, and labels that were numbers or dates become texts, since the new
 * ones are. As it was where it is not what pandas writes.
 */
export function pandasMetadata(text: string, output: readonly OutputColumn[]): string {
  const metadata = parsed(text);
  if (!metadata) return text;
  const copied = new Set(output.flatMap((column) => (column.kind === 'copy' ? [column.field.name] : [])));
  const made = output.flatMap((column) => (column.kind === 'copy' ? [] : [column.field]));
  const levels = metadata.column_indexes ?? [];
  const isThere = ({ field_name, name }: Described): boolean => copied.has(String(field_name ?? name));
  return JSON.stringify({
    ...metadata,
    index_columns: metadata.index_columns.filter(
      (column) => typeof column !== 'string' || copied.has(column),
    ),
    column_indexes: made.length === 0 ? levels : levels.map(asTexts),
    columns: [...metadata.columns.filter(isThere), ...made.map((field) => described(field, levels.length))],
  });
}

function parsed(text: string): PandasMetadata | null {
  try {
    const value: Partial<PandasMetadata> | null = JSON.parse(text);
    if (!Array.isArray(value?.index_columns) || !areObjects(value.columns)) return null;
    if (value.column_indexes !== undefined && !areObjects(value.column_indexes)) return null;
    return value as PandasMetadata;
  } catch {
    return null;
  }
}

function areObjects(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null);
}

function asTexts(level: Described): Described {
  if (level.pandas_type === 'unicode' || level.pandas_type === 'string') return level;
  const types = { pandas_type: 'unicode', numpy_type: 'object', metadata: { encoding: 'UTF-8' } };
  return { ...level, ...types };
}

function described(field: Field, levels: number) {
  const name = levels > 1 ? labelOf(field.name, levels) : field.name;
  const { type } = field;
  const pandasType = typeWord(field);
  const numpyType = type.id === 'float' || type.id === 'int' ? pandasType : 'object';
  return { name, field_name: field.name, pandas_type: pandasType, numpy_type: numpyType, metadata: null };
}

/**
 * Labels of several levels are tuples, as Python writes them: probs_('x', 'a') is ('probs_x', 'a'), and what has one
 * part has none in the other levels.
 */
function labelOf(name: string, levels: number): string {
  const [, prefix, quote, rest] = /^((?:log_)?probs_)\((['"])(.*)$/s.exec(name) ?? [];
  if (prefix !== undefined) return `(${quote}${prefix}${rest}`;
  return `(${[name, ...new Array<string>(levels - 1).fill('')].map((part) => JSON.stringify(part)).join(', ')})`;
}

/** A type in the words of pandas' metadata. */
function typeWord({ type, children, dictionary }: Field): string {
  if (dictionary) return 'categorical';
  if (type.id === 'float') return `float${type.bitWidth}`;
  if (type.id === 'int') return `${type.signed ? 'int' : 'uint'}${type.bitWidth}`;
  if (type.id === 'bool') return 'bool';
  if (type.id === 'utf8' || type.id === 'largeUtf8') return 'unicode';
  return type.id === 'list' ? `list[${typeWord(children[0])}]` : 'object';
}
