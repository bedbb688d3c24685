import type { Field } from '../arrow/types.ts';
import { LogitmillError } from '../errors.ts';
import { type SourceDtype, scalarDtype } from '../ops/dtypes.ts';
import { quoted } from './field-words.ts';

interface ListShape {
  leaf: SourceDtype;
  shape: readonly number[] | null;
  offsetBytes: 0 | 4 | 8;
}

/**
 * What a list column holds, or null when it is not lists of numbers.
 * @param bits whether 16 bits are a bfloat16
 * @throws LogitmillError as `tensorShape` does
 */
export function listShape(field: Field, file?: string, bits = false): ListShape | null {
  const { type, children } = field;
  if (field.dictionary || children.length !== 1) return null;
  const areBits = bits || isBfloat16(field);
  if (type.id === 'list' || type.id === 'largeList') {
    const leaf = leafDtype(children[0], areBits);
    return leaf && { leaf, shape: null, offsetBytes: type.id === 'list' ? 4 : 8 };
  }
  if (type.id !== 'fixedSizeList') return null;
  const leaf = leafDtype(children[0], areBits);
  if (leaf)
    return { leaf, shape: tensorShape(field, type.listSize, file) ?? [type.listSize], offsetBytes: 0 };
  const inner = listShape(children[0], file, areBits);
  return inner?.shape ? { ...inner, shape: [type.listSize, ...inner.shape] } : null;
}

/** The dtype of the numbers in a list column, whatever an extension type says of their shape; null for other columns. */
export function listLeaf(field: Field, bits = false): SourceDtype | null {
  const withoutExtensions = (at: Field): Field => ({
    ...at,
    metadata: isBfloat16(at) ? at.metadata.filter(([key]) => String(key) === EXTENSION) : [],
    children: at.children.map(withoutExtensions),
  });
  return listShape(withoutExtensions(field), undefined, bits)?.leaf ?? null;
}

const EXTENSION = 'ARROW:extension:name';

/** The dtype of a number as it is read; `bits`: 16 of them are a bfloat16, as the user says. */
export function leafDtype(field: Field, bits: boolean): SourceDtype | null {
  return (bits || isBfloat16(field) ? bitsDtype(field) : null) ?? scalarDtype(field);
}

/** bfloat16, where a field's values are 16 bits that may be one. */
export function bitsDtype({ type, dictionary }: Field): 'bfloat16' | null {
  const isWord = type.id === 'int' && type.bitWidth === 16;
  const isPair = type.id === 'fixedSizeBinary' && type.byteWidth === 2;
  return dictionary === null && (isWord || isPair) ? 'bfloat16' : null;
}

/**
 * Whether an extension type says bfloat16. Arrow has no such type and no canonical extension for it
 * (https://arrow.apache.org/docs/format/CanonicalExtensions.html): the ones there are differ from tool to tool.
 */
function isBfloat16({ metadata }: Field): boolean {
  const name = metadata.find(([key]) => String(key) === EXTENSION)?.[1];
  return /bf(loat)?16/i.test(String(name));
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
