import fs from 'node:fs';
import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { HEAD_LENGTH, recognise } from '../../src/input/recognise.ts';
import { buildFile, refusal } from './build.ts';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const binary = (start: string, more = 100) =>
  Buffer.concat([latin1(start), Buffer.alloc(more, 1), Buffer.alloc(more)]);

describe('kinds of input', () => {
  test.each<[string, Uint8Array, string]>([
    ['an Arrow file', buildFile({}), 'arrow'],
    ['magic alone', latin1('ARROW1\0\0'), 'arrow'],
    ['numbers', latin1('0.1,0.2\n0.3,0.4\n'), 'csv'],
    ['a header', latin1('id;c0;c1\r\n1;2;3\r\n'), 'csv'],
    ['a byte order mark', Buffer.from('\uFEFFa,b\n1,2\n'), 'csv'],
    ['one digit', latin1('7'), 'csv'],
    ['a line feed', latin1('\n'), 'csv'],
    ['text that is not UTF-8', latin1('na\xefve,1\n'), 'csv'],
    ["Hive's delimiter", latin1('a\x01b\n1\x012\n'), 'csv'],
    ['names in brackets', latin1('[a],[b]\n1,2\n'), 'csv'],
    ['a formula', latin1('{x},y\n1,2\n'), 'csv'],
    ['a name that begins as an Arrow file does', latin1('ORC,PAR1\n1,2\n'), 'csv'],
    ['gzip', zlib.gzipSync('1,2\n'), 'gzip'],
    ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 4, 0]), 'zstd'],
    ['zstd by a parallel compressor', Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0]), 'zstd'],
  ])('%s', (_, head, kind) => {
    expect(recognise(head.subarray(0, HEAD_LENGTH), 'input')).toBe(kind);
  });

  test.each(fs.readdirSync('data/arrow').filter((name) => /arrows?$/.test(name)))('%s', (name) => {
    const head = fs.readFileSync(`data/arrow/${name}`).subarray(0, HEAD_LENGTH);
    expect(recognise(head, 'input')).toBe(name.endsWith('s') ? 'stream' : 'arrow');
    expect(recognise(head.subarray(0, 200), 'input.csv')).toBe(name.endsWith('s') ? 'stream' : 'arrow');
  });

  test('the name decides only what the bytes leave open', () => {
    expect(recognise(latin1('ARROW1,x\n1,2\n'), 'scores.csv')).toBe('csv');
    expect(recognise(latin1('ARROW1,x\n1,2\n'), 'scores')).toBe('arrow');
    expect(recognise(buildFile({}), 'scores.csv')).toBe('arrow');
    expect(refusal(() => recognise(latin1('ARR'), 'scores.arrow'))).toMatch(/^INPUT_CORRUPT: is cut off/);
    // The beginning of an Arrow file, and nothing else: a cut one.
    expect(refusal(() => recognise(latin1('ARR'), 'scores'))).toMatch(/^INPUT_CORRUPT/);
    expect(recognise(latin1('ARR,x\n'), 'scores')).toBe('csv');
  });
});

describe('what is refused, by its name', () => {
  test.each<[string, Uint8Array]>([
    ['Parquet', binary('PAR1')],
    ['encrypted Parquet', binary('PARE')],
    ['Feather version 1', binary('FEA1')],
    ['a NumPy .npy array', binary('\x93NUMPY\x01\0')],
    ['a NumPy .npz archive', binary('PK\x03\x04\x14\0\0\0\0\0____________arr_0.npy')],
    ['an Excel workbook', binary('PK\x03\x04\x14\0____[Content_Types].xml')],
    ['a PyTorch checkpoint', binary('PK\x03\x04\0\0____archive/data.pkl')],
    ['a zip archive', binary('PK\x03\x04\x14\0____readme.txt')],
    ['HDF5', binary('\x89HDF\r\n\x1a\n')],
    ['ORC', binary('ORC')],
    ['Avro', binary('Obj\x01')],
    ['a Python pickle', binary('\x80\x04\x95')],
    ['safetensors', binary('\x40\0\0\0\0\0\0\0{"logits":')],
    ['an SQLite database', binary('SQLite format 3\0')],
    ['a DuckDB database', binary('\x01\x02\x03\x04\x05\x06\x07\x08DUCK')],
    ['an old Excel workbook (.xls)', binary('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')],
    ['an R data file', binary('RDX3\nX\n')],
    ['a bzip2 archive', binary('BZh91AY&SY')],
    ['an xz archive', binary('\xfd7zXZ\0')],
    ['a tar archive', binary(`${'a.csv'.padEnd(257, '\0')}ustar`)],
    ['UTF-16 text', Buffer.from('\uFEFF0.1,0.2\n', 'utf16le')],
    ['UTF-16 text', Buffer.from('0.1,0.2\n0.3,0.4\n', 'utf16le')],
    ['JSON', latin1('{"logits": [1, 2]}\n')],
    ['JSON', latin1('[[1.5, 2], [3, 4]]')],
    ['JSON', latin1(' [\n {"a": 1}]')],
    ['HTML or XML', latin1('<!DOCTYPE html>\n<html>')],
    ['a Git LFS pointer', latin1('version https://git-lfs.github.com/spec/v1\noid sha256:1\n')],
    ['a PDF document', latin1('%PDF-1.7\n')],
  ])('%s', (what, head) => {
    expect(refusal(() => recognise(head, 'x'))).toBe(
      `INPUT_NOT_RECOGNISED: is ${what}, which logitmill does not read`,
    );
  });

  test.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'INPUT_EMPTY: is empty'],
    [
      'zeros',
      Buffer.alloc(50),
      'INPUT_NOT_RECOGNISED: is not Arrow and not CSV: it begins with nothing but zero bytes',
    ],
    [
      'noise',
      Buffer.from([1, 0, 200, 7, 9, 0, 0, 77, 3]),
      'INPUT_NOT_RECOGNISED: is not Arrow and not CSV: it holds binary data of an unknown format',
    ],
    [
      'a length that is none',
      Buffer.from([255, 255, 255, 255, 0, 0, 0, 255]),
      'INPUT_NOT_RECOGNISED: is not Arrow and not CSV: it holds binary data of an unknown format',
    ],
  ])('%s', (_, head, error) => {
    expect(refusal(() => recognise(head, 'x'))).toBe(error);
  });
});
