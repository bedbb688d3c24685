import type { Field } from '../arrow/types.ts';
import { isDecimal, isFloat, type SourceDtype, scalarDtype } from '../ops/dtypes.ts';
import { listRole, type NameRole } from './column-names.ts';
import { bitsDtype, listLeaf } from './list-shape.ts';

/** A column of lists of numbers, of any kind and depth, whether it can be read or not: the scores may be there. */
export interface ListCandidate {
  column: number;
  field: Field;
  role: NameRole;
  /** The numbers' dtype where the lists can be read; else null. */
  readable: SourceDtype | null;
  /** Whether they are whole numbers. */
  integers: boolean;
  /** Not lists themselves, but fields with numbers in them. */
  isStruct: boolean;
}

export function listCandidates(fields: readonly Field[], bits: boolean): ListCandidate[] {
  return fields.flatMap((field, column): ListCandidate[] => {
    const found = numbersIn(field);
    if (found === null) return [];
    const readable = listLeaf(field, bits);
    const isStruct = withoutEncoding(field).type.id === 'struct';
    return [
      { column, field, role: listRole(field.name), readable, integers: found === 'integers', isStruct },
    ];
  });
}

type Numbers = 'floats' | 'integers';

const LISTS = new Set(['list', 'largeList', 'fixedSizeList', 'listView', 'largeListView']);

/** What numbers the lists of a column hold; null where it is no column of lists of numbers. */
function numbersIn(column: Field): Numbers | null {
  const field = withoutEncoding(column);
  if (LISTS.has(field.type.id)) return leaf(field.children[0]);
  // Names and their scores.
  if (field.type.id === 'map') return leaf(field.children[0]) === 'floats' ? 'floats' : null;
  if (field.type.id !== 'struct') return null;
  const inner = field.children.map(numbersIn);
  if (inner.includes('floats')) return 'floats';
  const scalars = field.children.filter((child) => leaf(child) === 'floats' && child.children.length === 0);
  return scalars.length > 1 ? 'floats' : null;
}

/** The best that a field or its children have. */
function leaf(field: Field | undefined): Numbers | null {
  if (!field) return null;
  const dtype = scalarDtype(field);
  if (dtype) return isFloat(dtype) || isDecimal(dtype) ? 'floats' : 'integers';
  const { type, children } = withoutEncoding(field);
  if (type.id === 'float' || type.id === 'decimal' || type.id === 'null') return 'floats';
  if (bitsDtype(field)) return 'floats';
  const inner = children.map(leaf);
  return inner.includes('floats') ? 'floats' : inner.includes('integers') ? 'integers' : null;
}

/** The field that a dictionary's or a run's values are of. */
function withoutEncoding(field: Field): Field {
  if (field.dictionary) return { ...field, dictionary: null };
  return field.type.id === 'runEndEncoded' ? (field.children[1] ?? field) : field;
}

/** Single numbers that are no plain floats: decimals, and floats in an encoding that is not read. */
export function isOddNumber(field: Field): boolean {
  const { type } = withoutEncoding(field);
  return type.id === 'decimal' || (type.id === 'float' && scalarDtype(field) === null);
}
