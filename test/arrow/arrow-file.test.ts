import fs from 'node:fs';
import os from 'node:os';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { BatchHeader, Schema } from '../../src/arrow/types.ts';
import { openArrowFile } from '../../src/input/arrow/file.ts';
import { fileReader } from '../../src/io/byte-reader.ts';
import {
  assemble,
  buildFile,
  field,
  float32,
  int64,
  LOGITS,
  logitsBatch,
  onDisk,
  openBytes,
  type Piece,
  refusal,
  zeroBatch,
} from './build.ts';

afterEach(() => vi.restoreAllMocks());

const refused = (bytes: Uint8Array) => refusal(() => openBytes(bytes));
const good = buildFile({ batches: [logitsBatch(4), logitsBatch(0, 4), logitsBatch(3, 4)] });

/** A batch of LOGITS with some numbers of its header changed. */
function lying(change: (header: BatchHeader) => void): Uint8Array {
  const piece = logitsBatch(4);
  change(piece.header);
  return buildFile({ batches: [logitsBatch(2), piece] });
}

describe('an ordinary file', () => {
  test('rows, batches, headers, layout', () => {
    const file = openBytes(good);
    expect(file).toMatchObject({
      format: 'arrow',
      version: 5,
      rows: 7,
      compression: null,
      size: good.length,
    });
    expect(file.schema).toEqual(LOGITS);
    const { batches } = file;
    expect([0, 1, 2].map((i) => batches.rowsOf(i))).toEqual([4, 0, 3]);
    expect([0, 1, 2].map((i) => batches.firstRowOf(i))).toEqual([0, 4, 4]);
  });

  test('headers say where the values lie', () => {
    onDisk(good, (fd, path, size) => {
      const file = openArrowFile(fileReader(fd, path, size));
      const { bodyOffset, buffers } = file.batches.header(2);
      expect(bodyOffset % 64).toBe(0);
      const start = bodyOffset + buffers[2 * 4]!;
      const values = new Float32Array(
        Uint8Array.from(good.subarray(start, start + buffers[2 * 4 + 1]!)).buffer,
      );
      expect([...values]).toEqual([3, 3.25, 3.5, 3.75, 4, 4.25, 4.5, 4.75, 5]);
    });
  });

  test('no batches; a footer with metadata of its own', () => {
    const file = openBytes(buildFile({ metadata: [['kept', 'yes']] }));
    expect(file).toMatchObject({ rows: 0, metadata: [['kept', 'yes']] });
    expect(file.batches.count).toBe(0);
  });

  test('small batches are read many at a time, large ones without their bodies', () => {
    const reads = vi.spyOn(fs, 'readSync');
    openBytes(buildFile({ batches: Array.from({ length: 500 }, (_, i) => logitsBatch(1, i)) }));
    expect(reads.mock.calls.length).toBeLessThan(12);
    reads.mockClear();
    openBytes(buildFile({ batches: [logitsBatch(50_000), logitsBatch(50_000)] }));
    const bytes = reads.mock.calls.reduce((sum, [, buffer]) => sum + buffer.byteLength, 0);
    expect(bytes).toBeLessThan(300_000);
  });

  test('headers that no longer fit the cache are read again', () => {
    const wide = Array.from({ length: 3000 }, (_, i) => field(`c${i}`, float32));
    const pieces = Array.from({ length: 60 }, (_, i) => zeroBatch((i % 12) + 1, wide));
    const bytes = buildFile({ schema: { fields: wide, metadata: [] }, batches: pieces });
    onDisk(bytes, (fd, path, size) => {
      const { batches } = openArrowFile(fileReader(fd, path, size));
      for (const i of [0, 59, 5, 0, 3, 59]) {
        expect(batches.header(i).rows).toBe((i % 12) + 1);
      }
      for (let i = 0; i < 60; i++) {
        const { buffers } = pieces[i]!.header;
        expect(batches.header(i).buffers.every((value, k) => value === buffers[k])).toBe(true);
      }
      const reads = vi.spyOn(fs, 'readSync');
      batches.header(59);
      expect(reads).not.toHaveBeenCalled();
      batches.header(0);
      expect(reads).toHaveBeenCalled();
    });
  });
});

describe('the ends of a file', () => {
  test.each<[string, (bytes: Buffer) => Uint8Array, RegExp]>([
    ['no opening magic', (b) => b.fill('X', 0, 1), /does not begin with ARROW1/],
    ['no closing magic', (b) => b.fill('X', b.length - 1), /does not end with ARROW1/],
    ['one byte short', (b) => b.subarray(0, -1), /is cut off/],
    ['bytes after the end', (b) => Buffer.concat([b, Buffer.from('\n')]), /is cut off/],
    ['magic alone', (b) => b.subarray(0, 8), /ends before its footer/],
    ['a footer of no bytes', (b) => patchFooterLength(b, 0), /its footer has 0 bytes/],
    ['a footer of -1 bytes', (b) => patchFooterLength(b, -1), /its footer has -1 bytes/],
    [
      'a footer as long as the file',
      (b) => patchFooterLength(b, b.length),
      /its footer has \d+ bytes; the file/,
    ],
    ['a footer of 2 GiB', (b) => patchFooterLength(b, 2 ** 31 - 1), /its footer has 2147483647 bytes/],
    ['a footer that begins elsewhere', (b) => patchFooterLength(b, 16), /^INPUT_CORRUPT: footer/],
  ])('%s', (_, change, message) => {
    expect(refused(change(Buffer.from(good)))).toMatch(message);
  });

  test('an honest footer that is larger than anybody needs', () => {
    const size = (32 << 20) + 100;
    const folder = fs.mkdtempSync(`${os.tmpdir()}/logitmill-`);
    const path = `${folder}/huge`;
    const fd = fs.openSync(path, 'w+');
    try {
      const end = Buffer.from('____ARROW1');
      end.writeInt32LE(size - 18);
      fs.writeSync(fd, Buffer.from('ARROW1\0\0'), 0, 8, 0);
      fs.writeSync(fd, end, 0, 10, size - 10);
      const reads = vi.spyOn(fs, 'readSync');
      expect(refusal(() => openArrowFile(fileReader(fd, path, size)))).toMatch(
        /^INPUT_UNSUPPORTED: has a footer of \d+ bytes/,
      );
      expect(reads.mock.calls.length).toBe(2);
    } finally {
      fs.closeSync(fd);
      fs.rmSync(folder, { recursive: true });
    }
  });
});

function patchFooterLength(bytes: Buffer, length: number): Buffer {
  bytes.writeInt32LE(length, bytes.length - 10);
  return bytes;
}

describe('a footer that lies about its blocks', () => {
  const tamper = (
    change: (blocks: { offset: number; metadataLength: number; bodyLength: number }[]) => void,
  ) =>
    refused(
      buildFile({ batches: [logitsBatch(4), logitsBatch(3, 4)], blocks: (_, batches) => change(batches) }),
    );

  test.each<[string, Parameters<typeof tamper>[0], RegExp]>([
    [
      'an offset before the start',
      (b) => {
        b[1]!.offset = 0;
      },
      /record batch 1: cannot lie at byte 0/,
    ],
    [
      'an offset past the footer',
      (b) => {
        b[1]!.offset += 2 ** 40;
      },
      /record batch 1: ends at byte 10995/,
    ],
    [
      'an offset that is not aligned',
      (b) => {
        b[1]!.offset += 4;
      },
      /record batch 1: cannot lie/,
    ],
    [
      'an offset that is negative',
      (b) => {
        b[1]!.offset = -64;
      },
      /footer: the offset of a block is -64/,
    ],
    [
      'an offset that is no exact number',
      (b) => {
        b[1]!.offset = 2 ** 60;
      },
      /1152921504606846976, which no file/,
    ],
    [
      'metadata past the footer',
      (b) => {
        b[1]!.metadataLength = 2 ** 31 - 8;
      },
      /record batch 1: ends at byte/,
    ],
    [
      'metadata of no length',
      (b) => {
        b[0]!.metadataLength = 0;
      },
      /record batch 0: cannot lie/,
    ],
    [
      'metadata too short for the message',
      (b) => {
        b[0]!.metadataLength = 64;
      },
      /record batch 0: there is no message/,
    ],
    [
      'metadata of negative length',
      (b) => {
        b[0]!.metadataLength = -8;
      },
      /footer: block 0 has the metadata length -8/,
    ],
    [
      'a body of 2^52 bytes',
      (b) => {
        b[1]!.bodyLength = 2 ** 52;
      },
      /record batch 1: ends at byte 45/,
    ],
    [
      'a body of another length',
      (b) => {
        b[0]!.bodyLength -= 64;
      },
      /record batch 0: has a body of \d+ bytes, by the/,
    ],
    [
      'the same batch twice',
      (b) => {
        b[1]! = { ...b[0]! };
      },
      /two batches overlap/,
    ],
    [
      'a batch inside another',
      (b) => {
        b[1]! = { ...b[1]!, offset: b[0]!.offset + 64 };
      },
      /two batches overlap/,
    ],
    [
      'the schema as a batch',
      (b) => {
        b[0]! = { offset: 8, metadataLength: 8 * 27, bodyLength: 0 };
      },
      /record batch 0:/,
    ],
  ])('%s', (_, change, message) => {
    expect(tamper(change)).toMatch(message);
  });

  test('batches in another order than in the file are taken as the footer has them', () => {
    const bytes = buildFile({ batches: [logitsBatch(4), logitsBatch(3, 4)], blocks: (_, b) => b.reverse() });
    expect([0, 1].map((i) => openBytes(bytes).batches.rowsOf(i))).toEqual([3, 4]);
  });

  test('a dictionary where a batch should be, and the reverse', () => {
    const kind = { ...field('kind', { id: 'utf8' }), dictionary: DICTIONARY };
    const spec = {
      schema: { fields: [kind], metadata: [] },
      batches: [zeroBatch(2, [kind])],
      dictionaries: [{ id: 7n, ...zeroBatch(2, [field('kind', { id: 'utf8' })]) }],
    };
    expect(openBytes(buildFile(spec)).dictionaries).toMatchObject([{ id: 7n, rows: 2, isDelta: false }]);
    const swapped = buildFile({
      ...spec,
      blocks: (d, b) => {
        [d[0], b[0]] = [b[0]!, d[0]!];
      },
    });
    expect(refused(swapped)).toBe('INPUT_CORRUPT: dictionary batch 0: is not a dictionary message');
  });
});

describe('a batch header that lies', () => {
  test.each<[string, (header: BatchHeader) => void, RegExp]>([
    [
      'other rows than its columns',
      (h) => {
        h.rows = 5;
      },
      /batch 1: column id has 4 rows, the batch 5$/,
    ],
    [
      '2^31 rows',
      (h) => {
        h.rows = 2 ** 31;
      },
      /column id has 4 rows, the batch 2147483648/,
    ],
    [
      'rows in all columns that no buffer holds',
      (h) => {
        h.rows = 2 ** 40;
        h.nodes.set([2 ** 40, 0, 2 ** 40, 0, 3 * 2 ** 40, 0]);
      },
      /column id has 32 bytes of data and needs 8796093022208/,
    ],
    [
      'sizes beyond exact numbers',
      (h) => {
        h.rows = 2 ** 52;
        h.nodes.set([2 ** 52, 0, 2 ** 52, 0, 2 ** 53 - 1, 0]);
      },
      /column id has 32 bytes/,
    ],
    [
      'a child too short',
      (h) => {
        h.nodes[4] = 11;
      },
      /column logits.item has 11 elements and needs 12/,
    ],
    [
      'more nulls than rows',
      (h) => {
        h.nodes[1] = 5;
      },
      /column id has 5 nulls among 4/,
    ],
    [
      'nulls without a bitmap',
      (h) => {
        h.nodes[3] = 1;
      },
      /column logits has 1 nulls but no validity bitmap/,
    ],
    [
      'negative nulls',
      (h) => {
        h.nodes[1] = -1;
      },
      /null count of a column is -1/,
    ],
    [
      'a bitmap too short',
      (h) => {
        h.rows = 9;
        h.nodes.set([9, 1, 9, 0, 27, 0]);
        h.buffers[1] = 1;
      },
      /column id has 1 bytes of validity and needs 2 for 9/,
    ],
    [
      'a buffer too short',
      (h) => {
        h.buffers[9] = 47;
      },
      /column logits.item has 47 bytes of data and needs 48 for 12/,
    ],
    [
      'a buffer past the body',
      (h) => {
        h.buffers[8] = 128;
      },
      /buffer 4 ends at byte 176 of a body of 128/,
    ],
    [
      'a buffer at 2^53',
      (h) => {
        h.buffers[8] = 2 ** 53 - 1;
      },
      /buffer 4 ends at byte/,
    ],
    [
      'a buffer of negative offset',
      (h) => {
        h.buffers[8] = -8;
      },
      /offset or length of a buffer is -8/,
    ],
    [
      'a buffer of negative length',
      (h) => {
        h.buffers[9] = -8;
      },
      /offset or length of a buffer is -8/,
    ],
    [
      'buffers over one another',
      (h) => {
        h.buffers[8] = 0;
        h.buffers[9] = 128;
      },
      /its buffers overlap: together they have 160/,
    ],
    [
      'a node too few',
      (h) => {
        h.nodes = h.nodes.slice(2);
      },
      /has 2 columns and nested columns; the schema needs 3/,
    ],
    [
      'a node too many',
      (h) => {
        h.nodes = Float64Array.of(...h.nodes, 4, 0);
      },
      /has 4 columns and nested/,
    ],
    [
      'a buffer too few',
      (h) => {
        h.buffers = h.buffers.slice(2);
      },
      /has 4 buffers; the schema needs 5/,
    ],
    [
      'a buffer too many',
      (h) => {
        h.buffers = Float64Array.of(...h.buffers, 0, 0);
      },
      /has 6 buffers; the schema needs 5/,
    ],
    [
      'view buffers without views',
      (h) => {
        h.variadicCounts = Float64Array.of(0);
      },
      /has 1 counts of view buffers/,
    ],
  ])('%s', (_, change, message) => {
    expect(refused(lying(change))).toMatch(message);
    expect(refused(lying(change))).toMatch(/^INPUT_CORRUPT: record batch 1: /);
  });

  test('the rows of all batches together are counted exactly, or not at all', () => {
    const schema: Schema = { fields: [field('n', { id: 'null' })], metadata: [] };
    const batch = assemble(2 ** 52, [2 ** 52, 2 ** 52], []);
    expect(openBytes(buildFile({ schema, batches: [batch] })).rows).toBe(2 ** 52);
    expect(refused(buildFile({ schema, batches: [batch, batch] }))).toMatch(
      /record batch 1: has 4503599627370496 rows/,
    );
  });

  test('batches of two versions, where it matters', () => {
    const either = field(
      'either',
      { id: 'union', mode: 0, typeIds: null },
      { children: [field('x', int64)] },
    );
    const schema: Schema = { fields: [either], metadata: [] };
    const [five, four] = [
      assemble(1, [1, 0, 1, 0], [new Int8Array(1), null, new BigInt64Array(1)]),
      assemble(1, [1, 0, 1, 0], [null, new Int8Array(1), null, new BigInt64Array(1)]),
    ];
    const old = { ...four, version: 4 as const };
    expect(openBytes(buildFile({ schema, batches: [five] })).version).toBe(5);
    expect(openBytes(buildFile({ schema, batches: [old] })).version).toBe(4);
    expect(openBytes(buildFile({ schema, batches: [old] })).columns[0]!.bufferCount).toBe(4);
    expect(refused(buildFile({ schema, batches: [five, old] }))).toBe(
      'INPUT_UNSUPPORTED: record batch 1: has version V4 after batches of V5, and the two store its columns differently',
    );
    expect(openBytes(buildFile({ batches: [logitsBatch(1), { ...logitsBatch(2), version: 4 }] })).rows).toBe(
      3,
    );
  });

  test('variadic counts add up to buffers', () => {
    const schema: Schema = { fields: [field('text', { id: 'utf8View' })], metadata: [] };
    const batch = (counts: number[], buffers = 3): Piece => {
      const piece = assemble(1, [1, 0], [null, new BigInt64Array(2), new BigInt64Array(5)].slice(0, buffers));
      return { ...piece, header: { ...piece.header, variadicCounts: Float64Array.from(counts) } };
    };
    const file = (counts: number[], buffers?: number) =>
      buildFile({ schema, batches: [batch(counts, buffers)] });
    expect(openBytes(file([1])).rows).toBe(1);
    expect(openBytes(file([0], 2)).rows).toBe(1);
    expect(refused(file([2]))).toMatch(/has 3 buffers; the schema needs 4/);
    expect(refused(file([]))).toMatch(/has 0 counts of view buffers; the schema needs 1/);
    expect(refused(file([2 ** 53 - 1]))).toMatch(/the schema needs 90071992547409/);
    expect(refused(file([-1]))).toMatch(/number of buffers of a view column is -1/);
  });

  test('compressed buffers have an inflated length before them, which must be large enough and possible', () => {
    const compressed = (length: number, inflated = 12_000) => {
      const piece = logitsBatch(1000);
      const { buffers } = piece.header;
      piece.header.compression = 'zstd';
      const view = new DataView(piece.body.buffer, piece.body.byteOffset);
      view.setBigInt64(buffers[2]!, 8000n, true);
      view.setBigInt64(buffers[8]!, BigInt(inflated), true);
      buffers[9] = length;
      return buildFile({ batches: [piece] });
    };
    const file = openBytes(compressed(100));
    expect(file.compression).toBe('zstd');
    const { buffers, compression, stored } = file.batches.header(0);
    expect(compression).toBeNull();
    expect([...buffers.subarray(2, 4), ...buffers.subarray(8)]).toEqual([0, 8000, 8000, 12_000]);
    expect(stored?.buffers[9]).toBe(100);
    expect(refused(compressed(7))).toMatch(/column logits.item has a compressed buffer of 7 bytes/);
    expect(refused(compressed(1e9))).toMatch(/buffer 4 ends at byte/);
    expect(refused(compressed(100, 11_999))).toMatch(/has 11999 bytes of data and needs 12000/);
    expect(refused(compressed(100, -2))).toMatch(/buffer 4 cannot have -2 bytes once inflated/);
    expect(refused(compressed(8))).toMatch(/buffer 4 cannot have 12000 bytes once inflated/);
    expect(refused(compressed(100, 92 * 2 ** 15 + 1))).toMatch(/cannot have 3014657 bytes/);
  });
});

const DICTIONARY = { id: 7n, indexType: { bitWidth: 8, signed: true }, ordered: false };

describe('dictionaries', () => {
  const kind = { ...field('kind', { id: 'utf8' }), dictionary: DICTIONARY };
  const schema: Schema = { fields: [field('id', int64), kind], metadata: [] };
  const values = { id: 7n, ...zeroBatch(2, [field('kind', { id: 'utf8' })]) };
  const batches = [zeroBatch(3, schema.fields)];

  test('missing ones are named with their column', () => {
    expect(refused(buildFile({ schema, batches }))).toBe(
      'INPUT_CORRUPT: record batch 0: column kind needs dictionary 7, which is missing',
    );
  });

  test('none is needed without rows, or while all are null', () => {
    expect(openBytes(buildFile({ schema, batches: [zeroBatch(0, schema.fields)] })).rows).toBe(0);
    const [nulls] = [zeroBatch(3, schema.fields)];
    nulls!.header.nodes[3] = 3;
    expect(openBytes(buildFile({ schema, batches: [nulls!] })).rows).toBe(3);
  });

  test('a delta adds, a second dictionary is refused in a file, an unknown one anywhere', () => {
    const delta = buildFile({ schema, batches, dictionaries: [values, { ...values, isDelta: true }] });
    expect(openBytes(delta).dictionaries.map(({ isDelta }) => isDelta)).toEqual([false, true]);
    expect(refused(buildFile({ schema, batches, dictionaries: [values, values] }))).toMatch(
      /replaces dictionary 7/,
    );
    const unknown = { ...values, id: 8n };
    expect(refused(buildFile({ schema, batches, dictionaries: [values, unknown] }))).toMatch(
      /dictionary 8, which no/,
    );
  });

  test('its own header is checked against the type of its values', () => {
    const short = { id: 7n, ...zeroBatch(2, [field('kind', int64)]) };
    expect(refused(buildFile({ schema, batches, dictionaries: [short] }))).toMatch(
      /dictionary batch 0: has 2 buffers; the schema needs 3/,
    );
  });

  test('its header can be read for copying', () => {
    onDisk(buildFile({ schema, batches, dictionaries: [values] }), (fd, path, size) => {
      const file = openArrowFile(fileReader(fd, path, size));
      const header = file.dictionaryHeader(0);
      expect(header).toMatchObject(values.header);
      expect(header.bodyOffset % 64).toBe(0);
      expect(header.bodyLength).toBe(values.body.length);
    });
  });
});

describe('a file that changes or cannot be read', () => {
  test('it becomes shorter', () => {
    const wide = buildFile({ batches: [logitsBatch(100_000), logitsBatch(3)] });
    onDisk(wide, (fd, path, size) => {
      const file = openArrowFile(fileReader(fd, path, size));
      fs.truncateSync(path, 400);
      expect(refusal(() => file.batches.header(0))).toBe(
        `INPUT_CHANGED: became shorter while it was read: 400 of ${size} bytes`,
      );
    });
  });

  test('a read fails, and the next one does not believe what was read before', () => {
    onDisk(buildFile({ batches: [logitsBatch(100_000), logitsBatch(100_000, 7)] }), (fd, path, size) => {
      const file = openArrowFile(fileReader(fd, path, size));
      vi.spyOn(fs, 'readSync').mockImplementationOnce((_, buffer) => {
        new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).fill(7);
        throw new Error('EIO: i/o error, read');
      });
      expect(refusal(() => file.batches.header(0))).toMatch(/^INPUT_UNREADABLE/);
      expect(file.batches.header(1).rows).toBe(100_000);
      expect(file.batches.header(0).rows).toBe(100_000);
    });
  });

  test('a read fails', () => {
    vi.spyOn(fs, 'readSync').mockImplementation(() => {
      throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', errno: -5 });
    });
    expect(refused(good)).toBe(
      'INPUT_UNREADABLE: cannot be read: the device reports an input/output error (EIO)',
    );
  });
});
