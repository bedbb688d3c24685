import { Message } from 'apache-arrow/fb/message';
import { MessageHeader } from 'apache-arrow/fb/message-header';
import { CheckedByteBuffer } from '../arrow/checked-buffer.ts';
import { LEGACY_PREFIX_LENGTH, MAX_METADATA_LENGTH, readPrefix, startsWithMagic } from '../arrow/framing.ts';
import { LogitmillError } from '../errors.ts';
import type { Format } from './foreign-formats.ts';
import { BINARIES, TEXTS, TO_UTF8, WRITE_ARROW } from './foreign-formats.ts';

/** What an input is by its first bytes. Of gzip and zstd the content is still to be recognised. */
export type InputKind = 'arrow' | 'stream' | 'csv' | 'gzip' | 'zstd';

/** How many first bytes of an input tell what it is. */
export const HEAD_LENGTH = 4096;

/**
 * Says what an input is, from its first HEAD_LENGTH bytes, or all of them when there are fewer. Its name is asked
 * only where the bytes fit two kinds.
 * @throws {LogitmillError} INPUT_EMPTY, INPUT_NOT_RECOGNISED; the message names the format when it is a known one
 */
export function recognise(head: Uint8Array, path: string): InputKind {
  const refuse = (why: string, hint?: string) =>
    new LogitmillError('INPUT_NOT_RECOGNISED', why, { file: path, hint });
  const refuseFormat = ({ what, hint = WRITE_ARROW }: Format) =>
    refuse(`is ${what}, which logitmill does not read`, hint);
  if (head.length === 0) throw new LogitmillError('INPUT_EMPTY', 'is empty', { file: path });
  const isText = !head.some(isControl);
  const isNamedCsv = /\.(csv|tsv|txt)(\.(gz|zst))?$/i.test(path);
  if (startsWithMagic(head) && !(isText && isNamedCsv)) return 'arrow';
  const archive = archiveOf(head);
  if (archive) return archive;
  if (isText) {
    const text = new TextDecoder().decode(head);
    const other = TEXTS.find(({ pattern }) => pattern.test(text));
    if (other !== undefined) throw refuseFormat(other);
    if (/\.(arrows?|feather|ipc)(\.(gz|zst))?$/i.test(path))
      throw refuse('is not an Arrow file or stream: it holds text', '--input-format csv, if it is CSV');
    return 'csv';
  }
  if (isStream(head)) return 'stream';
  const known = BINARIES.find(({ at = 0, magic }) => startsWith(head.subarray(at), magic));
  if (known !== undefined) throw refuseFormat(known.refine?.(head) ?? known);
  if (isUtf16(head)) throw refuseFormat({ what: 'UTF-16 text', hint: TO_UTF8 });
  throw refuse(
    head.every((byte) => byte === 0)
      ? 'is not Arrow and not CSV: it begins with nothing but zero bytes'
      : 'is not Arrow and not CSV: it holds binary data of an unknown format',
    isNamedCsv ? '--input-format csv, if it is text with control characters' : undefined,
  );
}

/** Whether an input is compressed as a whole. */
export function archiveOf(head: Uint8Array): Extract<InputKind, 'gzip' | 'zstd'> | undefined {
  if (startsWith(head, [0x1f, 0x8b])) return 'gzip';
  return startsWith(head, [0x28, 0xb5, 0x2f, 0xfd]) || isSkippableZstdFrame(head) ? 'zstd' : undefined;
}

/** Bytes that no text has: control characters but white space, 1 (Hive's delimiter), and 0x1a to 0x1f (separators). */
function isControl(byte: number): boolean {
  return byte < 0x1a && byte !== 1 && !(byte >= 0x09 && byte <= 0x0d);
}

function startsWith(bytes: Uint8Array, magic: string | readonly number[]): boolean {
  const expected = typeof magic === 'string' ? Buffer.from(magic, 'latin1') : magic;
  return bytes.length >= expected.length && [...expected].every((byte, i) => bytes[i] === byte);
}

/** Frames that a zstd decoder passes over, which parallel compressors put first: 0x184D2A50 to 0x184D2A5F. */
function isSkippableZstdFrame(head: Uint8Array): boolean {
  return (head[0]! & 0xf0) === 0x50 && startsWith(head.subarray(1), [0x2a, 0x4d, 0x18]);
}

/** Without a byte order mark: Latin text in UTF-16 has a zero in every second byte. */
function isUtf16(head: Uint8Array): boolean {
  if (startsWith(head, [0xff, 0xfe]) || startsWith(head, [0xfe, 0xff])) return true;
  const zeros = [0, 0];
  for (const [i, byte] of head.entries()) if (byte === 0) zeros[i % 2]!++;
  const half = head.length / 2;
  return Math.min(...zeros) === 0 && Math.max(...zeros) > 0.9 * half;
}

/** A stream begins with a schema message: after a marker since Arrow 0.15, before that with its bare length. */
function isStream(head: Uint8Array): boolean {
  const prefix = readPrefix(head);
  if (prefix === null || prefix.length < 0 || prefix.length > MAX_METADATA_LENGTH) return false;
  if (prefix.prefixLength !== LEGACY_PREFIX_LENGTH) return true;
  try {
    const bytes = head.subarray(LEGACY_PREFIX_LENGTH, LEGACY_PREFIX_LENGTH + prefix.length);
    const message = Message.getRootAsMessage(new CheckedByteBuffer(bytes, 'schema'));
    return message.headerType() === MessageHeader.Schema && message.version() <= 4;
  } catch {
    return false;
  }
}
