import { Message } from 'apache-arrow/fb/message';
import { MessageHeader } from 'apache-arrow/fb/message-header';
import { CheckedByteBuffer } from '../../arrow/checked-buffer.ts';
import { LEGACY_PREFIX_LENGTH, MAX_METADATA_LENGTH, readPrefix } from '../../arrow/framing.ts';

/** A stream begins with a schema message: after a marker since Arrow 0.15, before that with its bare length. */
export function isStream(head: Uint8Array): boolean {
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
