import type { Field } from '../arrow/types.ts';
import { LogitmillError } from '../errors.ts';
import { quoted } from './field-words.ts';

/**
 * Refuses bfloat16 logits. Arrow has no such type and no canonical extension for it
 * (https://arrow.apache.org/docs/format/CanonicalExtensions.html); the extensions there are differ from tool to tool,
 * and without one its bytes look like integers, which a cast would silently take them for.
 * @throws LogitmillError UNSUPPORTED_COLUMN
 */
export function refuseBfloat16(field: Field, file: string): void {
  const extension = bfloat16Extension(field);
  if (extension === null) return;
  throw new LogitmillError(
    'UNSUPPORTED_COLUMN',
    `column ${quoted(field.name)} holds bfloat16 (${extension}), for which Arrow has no type`,
    { file, hint: 'write it as float32, which holds every bfloat16 unchanged' },
  );
}

/** The name of the extension type that says so, of the field or inside it; a float below it is what it seems to be. */
function bfloat16Extension(field: Field): string | null {
  if (field.type.id === 'float') return null;
  const name = field.metadata.find(([key]) => String(key) === 'ARROW:extension:name')?.[1];
  if (/bf(loat)?16/i.test(String(name))) return String(name);
  for (const child of field.children) {
    const inner = bfloat16Extension(child);
    if (inner !== null) return inner;
  }
  return null;
}
