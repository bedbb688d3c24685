import fs from 'node:fs';
import { encodeFileEnd, encodeFileStart } from '../../src/arrow/encode.ts';
import { encodeBatchMessage, encodeDictionaryMessage } from '../../src/arrow/encode-batch.ts';
import { columnBuffers, dictionaryIds } from '../../src/arrow/layout.ts';
import type { BatchHeader, Block, Field } from '../../src/arrow/types.ts';
import type { PlacedHeader } from '../../src/input/arrow/batches.ts';
import { openArrowFile } from '../../src/input/arrow/file.ts';
import { openArrowStreamFile } from '../../src/input/arrow/stream.ts';
import type { Table } from '../../src/input/arrow/table.ts';
import { fileReader } from '../../src/io/byte-reader.ts';

/** Opens `path` by its name, gives the file to `use`, and closes it. */
export function withArrow<T>(path: string, use: (file: Table, bytes: Uint8Array) => T): T {
  const fd = fs.openSync(path, 'r');
  try {
    const open = path.endsWith('.arrows') ? openArrowStreamFile : openArrowFile;
    return use(open(fileReader(fd, path, fs.fstatSync(fd).size)), fs.readFileSync(path));
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * The same table as a new file, with the columns for which `keep` says so: all metadata decoded and encoded again,
 * buffers copied.
 */
export function rewrite(file: Table, bytes: Uint8Array, keep = (_: Field) => true): Uint8Array {
  const { version } = file;
  const schema = { ...file.schema, fields: file.schema.fields.filter(keep) };
  const parts: Uint8Array[] = [encodeFileStart(schema, { version })];
  let position = parts[0]!.length;
  const add = (message: Uint8Array, body: Uint8Array): Block => {
    const block = { offset: position, metadataLength: message.length, bodyLength: body.length };
    parts.push(message, body);
    position += message.length + body.length;
    return block;
  };
  const bodyOf = ({ bodyOffset }: PlacedHeader, start: number, length: number) => {
    const padded = new Uint8Array(Math.ceil(length / 64) * 64);
    padded.set(bytes.subarray(bodyOffset + start, bodyOffset + start + length));
    return padded;
  };
  const ids = new Set(schema.fields.flatMap(dictionaryIds));
  const dictionaries = file.dictionaries.flatMap((dictionary, i) => {
    if (!ids.has(dictionary.id)) return [];
    const header = file.dictionaryHeader(i);
    const body = bodyOf(header, 0, header.bodyLength);
    return [
      add(encodeDictionaryMessage(dictionary, header, body.length, { version: dictionary.version }), body),
    ];
  });
  const batches = Array.from({ length: file.batches.count }, (_, i) => {
    const inflated = file.batches.header(i);
    const header = inflated.stored ?? inflated;
    const starts = columnBuffers(file.columns, header);
    const nodes: number[] = [];
    const buffers: number[] = [];
    const variadicCounts: number[] = [];
    const bodies: Uint8Array[] = [];
    let offset = 0;
    file.columns.forEach((column, c) => {
      if (!keep(file.schema.fields[c]!)) return;
      nodes.push(...header.nodes.subarray(2 * column.firstNode, 2 * (column.firstNode + column.nodeCount)));
      variadicCounts.push(
        ...header.variadicCounts.subarray(column.firstVariadic, column.firstVariadic + column.variadicCount),
      );
      for (let k = starts[c]!; k < starts[c + 1]!; k++) {
        const body = bodyOf(header, header.buffers[2 * k]!, header.buffers[2 * k + 1]!);
        bodies.push(body);
        buffers.push(offset, header.buffers[2 * k + 1]!);
        offset += body.length;
      }
    });
    const { rows, compression } = header;
    const kept: BatchHeader = {
      rows,
      nodes: Float64Array.from(nodes),
      buffers: Float64Array.from(buffers),
      variadicCounts: Float64Array.from(variadicCounts),
      compression,
    };
    return add(encodeBatchMessage(kept, offset, { version }), Buffer.concat(bodies));
  });
  parts.push(encodeFileEnd(schema, dictionaries, batches, file.metadata, { version }));
  return Buffer.concat(parts);
}
