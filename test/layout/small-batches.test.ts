// @module-tag long
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { encodeFileEnd, encodeFileStart } from '../../src/arrow/encode.ts';
import { encodeBatchMessage, encodeDictionaryMessage } from '../../src/arrow/encode-batch.ts';
import type { Block } from '../../src/arrow/types.ts';
import type { Table } from '../../src/input/arrow/table.ts';
import { assemble, buildFile, field, float32 } from '../arrow/build.ts';
import { withArrow } from '../arrow/rewrite.ts';
import { logitmill, temporaryFolder } from '../cli/run.ts';

// Small batches take a way of their own, a large one another; what comes out must not tell which. A batch is made
// large by dead bytes at the end of its body.

/** More than any batch may have to be small. */
const DEAD = 4 * 2 ** 20 + 64;

const SOURCES = ['data/golden', 'data/arrow', 'data'].flatMap((folder) =>
  fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('.arrow'))
    .map((name) => path.join(folder, name)),
);

/** Writes the file again with `dead` bytes after each body: holes, which take no space. */
function copyWith(dead: number, source: string, target: string): boolean {
  return withArrow(source, (file, bytes) => {
    if (file.compression !== null || file.batches.count === 0 || file.batches.count > 20) return false;
    const fd = fs.openSync(target, 'w');
    let position = 0;
    const write = (part: Uint8Array): void => {
      fs.writeSync(fd, part, 0, part.length, position);
      position += part.length;
    };
    const add = (message: Uint8Array, body: Uint8Array, dead: number): Block => {
      const block = { offset: position, metadataLength: message.length, bodyLength: body.length + dead };
      write(message);
      write(body);
      position += dead;
      return block;
    };
    write(encodeFileStart(file.schema, { version: file.version }));
    const dictionaries = file.dictionaries.map((dictionary, index) => {
      const header = file.dictionaryHeader(index);
      const body = bytes.subarray(header.bodyOffset, header.bodyOffset + header.bodyLength);
      return add(
        encodeDictionaryMessage(dictionary, header, body.length, { version: dictionary.version }),
        body,
        0,
      );
    });
    const batches = Array.from({ length: file.batches.count }, (_, index) =>
      add(...batchOf(file, bytes, index, dead)),
    );
    write(encodeFileEnd(file.schema, dictionaries, batches, file.metadata, { version: file.version }));
    fs.closeSync(fd);
    return true;
  });
}

function batchOf(
  file: Table,
  bytes: Uint8Array,
  index: number,
  dead: number,
): [Uint8Array, Uint8Array, number] {
  const header = file.batches.header(index);
  const body = bytes.subarray(header.bodyOffset, header.bodyOffset + header.bodyLength);
  return [encodeBatchMessage(header, body.length + dead, { version: file.version }), body, dead];
}

test.each([
  ['', []],
  ['both', ['--op', 'both', '--keep-logits', '--on-invalid', 'null', '--mask-nulls']],
  ['little memory', ['--memory', '16MiB', '--threads', '16', '--on-invalid', 'keep', '--dim', '1']],
  ['list to wide', ['--layout', 'wide', '--on-invalid', 'null', '--dtype', 'float64']],
])('a batch with dead bytes comes out as without %s', async (_name, options) => {
  const folder = temporaryFolder();
  const [small, large] = ['small', 'large'].map((name) => path.join(folder, name)) as [string, string];
  for (const at of [small, large]) {
    fs.mkdirSync(at);
    fs.mkdirSync(`${at}.out`);
  }
  for (const source of SOURCES) {
    const name = path.basename(source);
    copyWith(0, source, path.join(small, name));
    copyWith(DEAD, source, path.join(large, name));
  }
  for (const at of [small, large]) {
    const { stderr } = await logitmill(['run', at, '-o', `${at}.out`, '--quiet', ...options]);
    expect(stderr).not.toContain('should not have happened');
  }
  const outputs = (at: string) => fs.readdirSync(`${at}.out`).filter((name) => name.endsWith('.arrow'));
  const names = outputs(small);
  expect(outputs(large)).toEqual(names);
  expect(names.length).toBeGreaterThan(8);
  for (const name of names) {
    const [one, other] = [small, large].map((at) => fs.readFileSync(path.join(`${at}.out`, name)));
    expect(one!.equals(other!), name).toBe(true);
  }
});

test('a batch too large for a small slab comes out the same', async () => {
  const folder = temporaryFolder();
  const input = path.join(folder, 'wide.arrow');
  const columns = Array.from({ length: 3000 }, (_, index) => field(`logit_${index}`, float32));
  const batches = Array.from({ length: 6 }, (_, batch) => {
    const values = (column: number) =>
      Float32Array.from({ length: 40 }, (_, row) => Math.sin(batch + column * row) * 9);
    const nodes = columns.flatMap(() => [40, 0]);
    return assemble(
      40,
      nodes,
      columns.flatMap((_, column) => [null, values(column)]),
    );
  });
  fs.writeFileSync(input, buildFile({ schema: { fields: columns, metadata: [] }, batches }));
  const outputs: Buffer[] = [];
  // Slabs of 1 MiB, of which a batch may have a quarter, and of 64 MiB.
  for (const options of [
    ['--threads', '16', '--memory', '16MiB'],
    ['--threads', '1'],
  ]) {
    const output = path.join(folder, `${options[1]}.arrow`);
    const { code, stderr } = await logitmill(['run', input, '-o', output, '--quiet', ...options]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    outputs.push(fs.readFileSync(output));
  }
  expect(outputs[0]!.equals(outputs[1]!)).toBe(true);
});
