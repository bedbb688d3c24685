import fs from 'node:fs';
import { encodeFileEnd, encodeFileStart } from '../../src/arrow/encode.ts';
import { encodeBatchMessage, encodeDictionaryMessage } from '../../src/arrow/encode-batch.ts';
import type { Block } from '../../src/arrow/types.ts';
import { openArrowFile } from '../../src/input/arrow-file.ts';
import { openArrowStreamFile } from '../../src/input/arrow-stream.ts';
import type { ArrowFile } from '../../src/input/arrow-table.ts';

/** Opens `path` by its name, gives the file to `use`, and closes it. */
export function withArrow<T>(path: string, use: (file: ArrowFile, bytes: Uint8Array) => T): T {
  const fd = fs.openSync(path, 'r');
  try {
    const open = path.endsWith('.arrows') ? openArrowStreamFile : openArrowFile;
    return use(open(fd, path, fs.fstatSync(fd).size), fs.readFileSync(path));
  } finally {
    fs.closeSync(fd);
  }
}

/** The same table as a new file: all metadata decoded and encoded again, bodies copied. */
export function rewrite(file: ArrowFile, bytes: Uint8Array): Uint8Array {
  const { schema, version } = file;
  const parts: Uint8Array[] = [encodeFileStart(schema, { version })];
  let position = parts[0]!.length;
  const add = (message: Uint8Array, bodyOffset: number, bodyLength: number): Block => {
    const block = {
      offset: position,
      metadataLength: message.length,
      bodyLength: Math.ceil(bodyLength / 64) * 64,
    };
    const body = new Uint8Array(block.bodyLength);
    body.set(bytes.subarray(bodyOffset, bodyOffset + bodyLength));
    parts.push(message, body);
    position += message.length + body.length;
    return block;
  };
  const dictionaries = file.dictionaries.map((dictionary, i) => {
    const header = file.dictionaryHeader(i);
    const aligned = Math.ceil(header.bodyLength / 64) * 64;
    const message = encodeDictionaryMessage(dictionary, header, aligned, { version: dictionary.version });
    return add(message, header.bodyOffset, header.bodyLength);
  });
  const batches = Array.from({ length: file.batches.count }, (_, i) => {
    const header = file.batches.header(i);
    const message = encodeBatchMessage(header, Math.ceil(header.bodyLength / 64) * 64, { version });
    return add(message, header.bodyOffset, header.bodyLength);
  });
  parts.push(encodeFileEnd(schema, dictionaries, batches, file.metadata, { version }));
  return Buffer.concat(parts);
}
