import { ARCHIVE_ENDINGS } from '../bytes/archive.ts';

const NAMED_CSV = new RegExp(`\\.(csv|tsv|txt)(\\.(${ARCHIVE_ENDINGS}))?$`, 'i');

import { ARROW_NAMED, TEXTS } from '../foreign-formats.ts';

/** Bytes that no text has: control characters but white space, 1 (Hive's delimiter), and 0x1a to 0x1f (separators). */
function isControl(byte: number): boolean {
  return byte < 0x1a && byte !== 1 && !(byte >= 0x09 && byte <= 0x0d);
}

export function isText(head: Uint8Array): boolean {
  return !head.some(isControl);
}

export function isNamedCsv(path: string): boolean {
  return NAMED_CSV.test(path);
}

/** A text of none of the kinds that are known, and that nobody calls Arrow. */
export function isCsv(head: Uint8Array, path: string): boolean {
  if (!isText(head) || ARROW_NAMED.test(path)) return false;
  const text = new TextDecoder().decode(head);
  return !TEXTS.some(({ pattern }) => pattern.test(text));
}
