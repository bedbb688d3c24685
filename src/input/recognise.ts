import { FILE_START_LENGTH, MAGIC } from '../arrow/framing.ts';
import { LogitmillError } from '../errors.ts';
import type { InputFormatName } from '../options/types.ts';
import { COPY_AGAIN } from './arrow/stream-state.ts';
import { type Archive, archiveOf } from './bytes/archive.ts';
import { isNamedCsv, isText } from './csv/is-text.ts';
import { ARROW_NAMED, BINARIES, type Format, TEXTS, TO_UTF8, WRITE_ARROW } from './foreign-formats.ts';
import { INPUT_FORMATS } from './formats.ts';

/** What an input is by its first bytes. Of archives the content is still to be recognised. */
export type InputKind = InputFormatName | Archive;

/** How many first bytes of an input tell what it is. */
export const HEAD_LENGTH = 4096;

/**
 * Says what an input is, from its first HEAD_LENGTH bytes, or all of them when there are fewer. Its name is asked
 * only where the bytes fit two kinds.
 * @throws {LogitmillError} INPUT_EMPTY, INPUT_CORRUPT, INPUT_NOT_RECOGNISED; the message names the format when it is a known one
 */
export function recognise(head: Uint8Array, path: string): InputKind {
  if (head.length === 0) throw new LogitmillError('INPUT_EMPTY', 'is empty', { file: path });
  refuseCutMagic(head, path);
  const archive = archiveOf(head, path);
  if (archive) return archive;
  const format = INPUT_FORMATS.find(({ recognises }) => recognises(head, path));
  if (format) return format.name;
  throw isText(head) ? foreignText(head, path) : foreignBytes(head, path);
}

/** A few bytes of an Arrow file are text, and would be the name of a column. */
function refuseCutMagic(head: Uint8Array, path: string): void {
  if (head.length >= FILE_START_LENGTH || !head.every((byte, at) => byte === (MAGIC[at] ?? 0))) return;
  const why = `is cut off: it holds the first ${head.length} of the bytes that an Arrow file begins with`;
  throw new LogitmillError('INPUT_CORRUPT', why, {
    file: path,
    hint: `${COPY_AGAIN}; --input-format csv, if it is text`,
  });
}

function refusal(path: string, why: string, hint?: string): LogitmillError {
  return new LogitmillError('INPUT_NOT_RECOGNISED', why, { file: path, hint });
}

function foreign(path: string, { what, hint = WRITE_ARROW }: Format): LogitmillError {
  return refusal(path, `is ${what}, which logitmill does not read`, hint);
}

function foreignText(head: Uint8Array, path: string): LogitmillError {
  const text = new TextDecoder().decode(head);
  const other = TEXTS.find(({ pattern }) => pattern.test(text));
  if (other !== undefined) return foreign(path, other);
  if (!ARROW_NAMED.test(path)) throw new Error('a text of no known kind is CSV');
  return refusal(path, 'is not an Arrow file or stream: it holds text', '--input-format csv, if it is CSV');
}

function foreignBytes(head: Uint8Array, path: string): LogitmillError {
  const known = BINARIES.find(({ at = 0, magic }) => startsWith(head.subarray(at), magic));
  if (known !== undefined) return foreign(path, known.refine?.(head) ?? known);
  if (isUtf16(head)) return foreign(path, { what: 'UTF-16 text', hint: TO_UTF8 });
  return refusal(
    path,
    head.every((byte) => byte === 0)
      ? 'is not Arrow and not CSV: it begins with nothing but zero bytes'
      : 'is not Arrow and not CSV: it holds binary data of an unknown format',
    isNamedCsv(path) ? '--input-format csv, if it is text with control characters' : undefined,
  );
}

function startsWith(bytes: Uint8Array, magic: string | readonly number[]): boolean {
  const expected = typeof magic === 'string' ? Buffer.from(magic, 'latin1') : magic;
  return bytes.length >= expected.length && [...expected].every((byte, i) => bytes[i] === byte);
}

/** Without a byte order mark: Latin text in UTF-16 has a zero in every second byte. */
function isUtf16(head: Uint8Array): boolean {
  if (startsWith(head, [0xff, 0xfe]) || startsWith(head, [0xfe, 0xff])) return true;
  const zeros = [0, 0];
  for (const [i, byte] of head.entries()) if (byte === 0) zeros[i % 2]!++;
  const half = head.length / 2;
  return Math.min(...zeros) === 0 && Math.max(...zeros) > 0.9 * half;
}
