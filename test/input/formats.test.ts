import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { FILE_START_LENGTH } from '../../src/arrow/framing.ts';
import { INPUT_FORMATS } from '../../src/input/formats.ts';
import { INPUT_FORMAT_NAMES, type InputFormatName } from '../../src/options/types.ts';
import { assemble, buildFile, field, fixedSizeList, int64, logitsBatch } from '../arrow/build.ts';
import { readArrow } from '../cli/arrow.ts';
import { filesBelow, logitmill, temporaryFolder } from '../cli/run.ts';

/** What a new format has to bring along. Rows are those of `logitsBatch`: an id, and three logits. */
interface Samples {
  /** Two batches where the format has batches. */
  valid(rows: number): Uint8Array;
  /** Bytes of `valid` as they may be changed so that they cannot be read any more. */
  damaged(valid: Uint8Array): Uint8Array;
  /** A table of rows without a single class; null where that cannot be said. */
  noClasses: Uint8Array | null;
  /** Columns to name, where they are not the only candidates. */
  options?: readonly string[];
}

const arrowFile = (rows: number): Uint8Array => {
  const half = Math.ceil(rows / 2);
  return buildFile({ batches: [logitsBatch(half), logitsBatch(rows - half, half)] });
};

const noClasses = buildFile({
  schema: { fields: [field('id', int64), fixedSizeList('logits', 0)], metadata: [] },
  batches: [assemble(2, [2, 0, 2, 0, 0, 0], [null, BigInt64Array.of(1n, 2n), null, null, null])],
});

/** The stream that lies in an Arrow file. */
function streamOf(file: Uint8Array): Uint8Array {
  const footerLength = new DataView(file.buffer, file.byteOffset).getInt32(file.length - 10, true);
  return file.subarray(FILE_START_LENGTH, file.length - 10 - footerLength);
}

const changed = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, index) => (index === at ? byte ^ 0xff : byte));

const SAMPLES: Readonly<Record<InputFormatName, Samples>> = {
  arrow: { valid: arrowFile, damaged: (bytes) => changed(bytes, bytes.length - 7), noClasses },
  stream: {
    valid: (rows) => streamOf(arrowFile(rows)),
    damaged: (bytes) => changed(bytes, 8),
    noClasses: streamOf(noClasses),
  },
  csv: {
    valid: (rows) =>
      Buffer.from(
        `id,logit_0,logit_1,logit_2\n${Array.from(
          { length: rows },
          (_, row) => `${row},${[0, 1, 2].map((k) => ((3 * row + k) / 4).toFixed(2))}\n`,
        ).join('')}`,
      ),
    damaged: (bytes) => Buffer.from(Buffer.from(bytes).toString().replace('0.50', '0.5.0')),
    noClasses: null,
    options: ['--columns', 'logit_*'],
  },
};

const EXTENSION: Readonly<Record<InputFormatName, string>> = { arrow: 'arrow', stream: 'arrows', csv: 'csv' };

/** Every value of the results, whatever their columns are called. */
function probabilities(file: string): number[] {
  const { columns } = readArrow(file);
  const wide = [0, 1, 2].map((k) => columns.get(`probs_logit_${k}`) ?? columns.get(`logit_${k}`));
  return wide[0]
    ? wide[0].flatMap((_, row) => wide.map((column) => column?.[row] as number))
    : (columns.get('probs')?.flat() as number[]);
}

test('the registry has the names that the option takes', () => {
  expect(INPUT_FORMATS.map(({ name }) => name).sort()).toEqual([...INPUT_FORMAT_NAMES].sort());
});

describe.each(INPUT_FORMATS)('$name', ({ name, extensions, recognises }) => {
  const { valid, damaged, noClasses, options = [] } = SAMPLES[name];

  async function run(bytes: Uint8Array, piped = false) {
    const folder = temporaryFolder();
    const input = path.join(folder, `input.${EXTENSION[name]}`);
    fs.writeFileSync(input, bytes);
    const output = path.join(folder, 'output.arrow');
    const args = ['run', piped ? '-' : input, '-o', output, '--quiet', ...options];
    const finished = await logitmill(args, piped ? { input: bytes } : {});
    return {
      ...finished,
      input,
      output,
      left: filesBelow(folder).filter((file) => !file.startsWith('input')),
    };
  }

  test('knows its own files, and nobody else does', () => {
    const head = valid(5).subarray(0, 4096);
    expect(
      INPUT_FORMATS.filter((format) => format.recognises(head, 'input')).map((format) => format.name),
    ).toEqual([name]);
    expect(recognises(head, `x.${extensions[0]}`)).toBe(true);
  });

  test('a valid file, from disk and from a pipe: the same values', async () => {
    const [disk, pipe] = await Promise.all([run(valid(7)), run(valid(7), true)]);
    expect([disk.code, pipe.code, disk.stderr]).toEqual([0, 0, '']);
    const found = probabilities(disk.output);
    expect(found).toHaveLength(21);
    const row = [0, 0.25, 0.5].map(Math.exp);
    const sum = row[0] + row[1] + row[2];
    found.forEach((value, index) => {
      expect(Math.abs(value - row[index % 3] / sum)).toBeLessThan(1e-7);
    });
    expect(probabilities(pipe.output)).toEqual(found);
  });

  test('one row', async () => {
    const { code, output } = await run(valid(1));
    expect(code).toBe(0);
    expect(probabilities(output)).toHaveLength(3);
  });

  test('no classes', async () => {
    if (noClasses === null) return;
    const { code, output } = await run(noClasses);
    expect(code).toBe(0);
    expect(readArrow(output).columns.get('probs')).toEqual([[], []]);
  });

  const whole = valid(7);
  // Of a text one that ends between two fields of its last row.
  const cuts = name === 'csv' ? [1 - 6 / whole.length] : [0.3, 0.6, 0.95];
  const bad: [string, Uint8Array][] = [
    ['an empty one', new Uint8Array(0)],
    ['a damaged one', damaged(whole)],
    ...cuts.map((part): [string, Uint8Array] => [
      `one cut at ${part.toFixed(2)}`,
      whole.subarray(0, Math.round(whole.length * part)),
    ]),
  ];

  test.each(bad)('%s is refused by one line that names it, and nothing is left', async (_, bytes) => {
    for (const piped of [false, true]) {
      const { code, stderr, left, input } = await run(bytes, piped);
      expect(code).toBe(3);
      const [line, ...rest] = stderr.trimEnd().split('\n');
      expect(line).toContain(piped ? 'standard input' : input);
      expect(rest.every((other) => other.startsWith('try: '))).toBe(true);
      expect(left).toEqual([]);
    }
  });
});
