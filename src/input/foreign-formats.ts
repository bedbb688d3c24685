import { ARCHIVE_ENDINGS } from './bytes/archive.ts';
export const WRITE_ARROW =
  'write it as an Arrow file, with pyarrow.feather.write_feather or polars.DataFrame.write_ipc';

const READ_ITSELF = 'logitmill reads .gz, .zst and .lz4 itself';

export const TO_UTF8 = 'iconv -f UTF-16 -t UTF-8';

export interface Format {
  what: string;
  hint?: string;
}

export const TEXTS: readonly (Format & { pattern: RegExp })[] = [
  {
    pattern: /^version https:\/\/git-lfs/,
    what: 'a Git LFS pointer',
    hint: 'git lfs pull',
  },
  {
    pattern: /^\s*<[!?a-z]/i,
    what: 'HTML or XML',
    hint: 'look into it: an error page may have been saved in place of the file',
  },
  {
    pattern: /^\s*(\{\s*["}]|\[\s*(["[{\]\d.-]|null|true|false|NaN))/,
    what: 'JSON',
    hint: 'write it as Arrow or CSV',
  },
  { pattern: /^%PDF-/, what: 'a PDF document' },
];

export const BINARIES: readonly (Format & {
  magic: string | readonly number[];
  at?: number;
  refine?: typeof zipped;
})[] = [
  { magic: 'PAR1', what: 'Parquet' },
  { magic: 'PARE', what: 'encrypted Parquet' },
  { magic: 'FEA1', what: 'Feather version 1', hint: `${WRITE_ARROW} (Feather version 2 is Arrow)` },
  { magic: '\x93NUMPY', what: 'a NumPy .npy array' },
  { magic: '\x89HDF\r\n\x1a\n', what: 'HDF5' },
  { magic: 'PK\x03\x04', what: 'a zip archive', hint: 'unpack it first', refine: zipped },
  { magic: 'PK\x05\x06', what: 'an empty zip archive' },
  { magic: 'ORC', what: 'ORC' },
  { magic: 'Obj\x01', what: 'Avro' },
  { magic: 'SQLite format 3\0', what: 'an SQLite database' },
  { magic: 'DUCK', at: 8, what: 'a DuckDB database', hint: 'COPY the table TO a CSV or Arrow file' },
  { magic: '{"', at: 8, what: 'safetensors' },
  { magic: [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], what: 'an old Excel workbook (.xls)' },
  { magic: 'MATLAB 5.0 MAT', what: 'a MATLAB file' },
  { magic: 'RDX', what: 'an R data file', hint: 'write it as Arrow, with arrow::write_feather' },
  ...[2, 3, 4, 5].map((version) => ({ magic: [0x80, version], what: 'a Python pickle' })),
  { magic: 'BZh', what: 'a bzip2 archive', hint: `bzip2 -dk, which decompresses it; ${READ_ITSELF}` },
  { magic: '\xfd7zXZ\0', what: 'an xz archive', hint: `xz -dk, which decompresses it; ${READ_ITSELF}` },
  {
    magic: [0x02, 0x21, 0x4c, 0x18],
    what: 'an LZ4 archive of the legacy format',
    hint: `lz4 -d, which decompresses it; ${READ_ITSELF}`,
  },
  {
    magic: '\xff\x06\0\0sNaPpY',
    what: 'a Snappy archive',
    hint: `snzip -dk or python -m snappy -d, which decompress it; ${READ_ITSELF}`,
  },
  { magic: "7z\xbc\xaf'\x1c", what: 'a 7z archive', hint: 'unpack it first' },
  { magic: 'ustar', at: 257, what: 'a tar archive', hint: 'unpack it first' },
  { magic: '%PDF-', what: 'a PDF document' },
];

/** A zip archive is the container of other formats; the names of its first entries tell which. */
function zipped(head: Uint8Array): Format | undefined {
  const text = Buffer.from(head).toString('latin1');
  if (/\[Content_Types\]\.xml|xl\//.test(text))
    return { what: 'an Excel workbook', hint: 'save it as CSV (UTF-8)' };
  if (/\/data\.pkl|\/\.format_version/.test(text)) return { what: 'a PyTorch checkpoint' };
  if (/\.npy/.test(text)) return { what: 'a NumPy .npz archive' };
  return undefined;
}

export const ARROW_NAMED = new RegExp(`\\.(arrows?|feather|ipc)(\\.(${ARCHIVE_ENDINGS}))?$`, 'i');
