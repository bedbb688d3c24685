/** What to call columns and their types in errors, and what to do about them. */
import type { Field } from '../arrow/types.ts';
import { scalarDtype } from '../ops/dtypes.ts';

export function quoted(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : JSON.stringify(name);
}

/** A column's type. */
export function describe(field: Field): string {
  if (field.dictionary) return `dictionary-encoded ${field.type.id}`;
  if (field.type.id === 'fixedSizeBinary') return `fixedSizeBinary(${field.type.byteWidth})`;
  const isList = LISTS.some((id) => id === field.type.id) && field.children.length === 1;
  if (isList) return `${field.type.id} of ${describe(field.children[0])}`;
  return scalarDtype(field) ?? field.type.id;
}

const LISTS = ['list', 'largeList', 'fixedSizeList', 'listView', 'largeListView'];

/** Lists of lists, of which some have no one length: then rows have no one number of sums. */
function isNestedVariable(field: Field): boolean {
  const isVariable = ({ type, children }: Field): boolean =>
    type.id === 'list' ||
    type.id === 'largeList' ||
    (type.id === 'fixedSizeList' && children.some(isVariable));
  const [child] = field.children;
  if (!child || field.children.length !== 1 || child.children.length !== 1) return false;
  let leaf = child;
  while (leaf.children.length === 1) leaf = leaf.children[0];
  return isVariable(field) && scalarDtype(leaf) !== null;
}

/** For what cannot be logits as it is. */
export function wayOut(field: Field): string | undefined {
  const { type, children } = field;
  if (isNestedVariable(field)) return 'one row for each inner list (explode in Polars, unnest in DuckDB)';
  if (type.id === 'fixedSizeBinary' && type.byteWidth === 2) return '--bits bfloat16';
  if (type.id === 'decimal') return 'write it as float64';
  if (type.id === 'listView' || type.id === 'largeListView') return 'write it as list';
  return children.length === 1 ? wayOut(children[0]) : undefined;
}
