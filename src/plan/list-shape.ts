import type { Field } from '../arrow/types.ts';
import { LogitmillError } from '../errors.ts';
import { type SourceDtype, scalarDtype } from '../ops/dtypes.ts';
import { quoted } from './field-words.ts';

interface ListShape {
  leaf: SourceDtype;
  shape: readonly number[] | null;
  offsetBytes: 0 | 4 | 8;
}

/** What a list column holds, or null when it is not lists of numbers. @throws LogitmillError as `tensorShape` does */
export function listShape(field: Field, file?: string): ListShape | null {
  const { type, children } = field;
  if (field.dictionary || children.length !== 1) return null;
  if (type.id === 'list' || type.id === 'largeList') {
    const leaf = scalarDtype(children[0]);
    return leaf && { leaf, shape: null, offsetBytes: type.id === 'list' ? 4 : 8 };
  }
  if (type.id !== 'fixedSizeList') return null;
  const leaf = scalarDtype(children[0]);
  if (leaf)
    return { leaf, shape: tensorShape(field, type.listSize, file) ?? [type.listSize], offsetBytes: 0 };
  const inner = listShape(children[0], file);
  return inner?.shape ? { ...inner, shape: [type.listSize, ...inner.shape] } : null;
}

/** The dtype of the numbers in a list column, whatever an extension type says of their shape; null for other columns. */
export function listLeaf(field: Field): SourceDtype | null {
  const withoutExtensions = (at: Field): Field => ({
    ...at,
    metadata: [],
    children: at.children.map(withoutExtensions),
  });
  return listShape(withoutExtensions(field))?.leaf ?? null;
}

/**
 * The shape in the metadata of the canonical extension type `arrow.fixed_shape_tensor`, whose storage is one flat
 * list; null for other fields. https://arrow.apache.org/docs/format/CanonicalExtensions.html
 * @throws LogitmillError UNSUPPORTED_COLUMN when its dimensions are permuted, or do not make up the list
 */
function tensorShape(field: Field, listSize: number, file: string | undefined): number[] | null {
  const metadata = new Map(field.metadata.map(([key, value]) => [String(key), value]));
  if (metadata.get('ARROW:extension:name') !== 'arrow.fixed_shape_tensor') return null;
  const refuse = (why: string): LogitmillError =>
    new LogitmillError('UNSUPPORTED_COLUMN', `column ${quoted(field.name)} is a tensor ${why}`, { file });
  let shape: unknown;
  let permutation: unknown;
  try {
    ({ shape, permutation } = JSON.parse(String(metadata.get('ARROW:extension:metadata'))));
  } catch {
    throw refuse('whose metadata is not JSON');
  }
  const isShape = (value: unknown): value is number[] =>
    Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!isShape(shape) || shape.reduce((left, right) => left * right, 1) !== listSize)
    throw refuse(`of shape ${JSON.stringify(shape)}, which does not fit its lists of ${listSize}`);
  if (
    permutation !== undefined &&
    permutation !== null &&
    !(isShape(permutation) && permutation.every((dimension, index) => dimension === index))
  ) {
    throw refuse(
      `with the permutation ${JSON.stringify(permutation)}; write it in the order of its dimensions`,
    );
  }
  return shape;
}
