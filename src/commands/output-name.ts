import fs from 'node:fs';
import { extname } from 'node:path';
import { LogitmillError } from '../errors.ts';
import { optionText } from '../input/csv/problems.ts';
import { OUTPUT_FORMATS } from '../layout/formats.ts';
import type { OutputFormatName } from '../options/types.ts';

/** What people would read out of a name, and what is not written under it. */
const NOT_WRITTEN: Readonly<Record<string, string>> = {
  ...{ csv: 'CSV', tsv: 'CSV', psv: 'CSV', txt: 'text', md: 'text', html: 'HTML', xml: 'XML', yaml: 'YAML' },
  ...{ json: 'JSON', jsonl: 'JSON', ndjson: 'JSON', yml: 'YAML' },
  ...{ npy: 'NumPy arrays', npz: 'NumPy arrays', safetensors: 'safetensors', mat: 'MATLAB files' },
  ...{ pt: 'PyTorch files', pth: 'PyTorch files', pkl: 'pickles', pickle: 'pickles' },
  ...{ parquet: 'Parquet', pq: 'Parquet', orc: 'ORC', avro: 'Avro', h5: 'HDF5', hdf5: 'HDF5', zarr: 'Zarr' },
  ...{ xlsx: 'Excel workbooks', xls: 'Excel workbooks', rds: 'R data', rdata: 'R data' },
  ...{ db: 'databases', sqlite: 'databases', duckdb: 'databases' },
};

/** Of a file that is compressed as a whole, with the option that compresses what is in it. */
const COMPRESSED: Readonly<Record<string, string>> = {
  ...{ zst: 'zstd', gz: 'zstd', bz2: 'zstd', xz: 'zstd', zip: 'zstd', lz4: 'lz4' },
};

/**
 * The format that an output's name says, or the one that was asked for.
 * @throws LogitmillError UNSUPPORTED_OPTION when it says one that is not written, or another than was asked for
 */
export function formatOfName(
  output: string,
  asked: OutputFormatName | undefined,
): OutputFormatName | undefined {
  if (output === '-') return asked;
  const extension = extname(output).slice(1).toLowerCase();
  const stem = output.slice(0, output.length - extension.length - 1);
  const named = OUTPUT_FORMATS.find(({ extensions }) => extensions.includes(extension));
  if (named === undefined) {
    if (Object.hasOwn(NOT_WRITTEN, extension))
      throw notWritten(output, NOT_WRITTEN[extension], `-o ${optionText(`${stem}.arrow`)}`);
    if (Object.hasOwn(COMPRESSED, extension))
      throw notWritten(
        output,
        `files that are compressed as a whole (.${extension})`,
        `-o ${optionText(withArrow(stem))} --compression ${COMPRESSED[extension]}`,
      );
    return asked;
  }
  // Under .arrow, .feather and .ipc people keep both of Arrow's formats.
  if (asked === undefined || asked === named.name || (asked === 'stream' && named.name === 'arrow'))
    return asked ?? named.name;
  throw new LogitmillError('UNSUPPORTED_OPTION', `is named like ${named.what}, and --format says ${asked}`, {
    file: output,
    hint: `--format ${named.name}  or  another name for the output`,
  });
}

/**
 * Several inputs have a folder, which is not made under the name of a file.
 * @throws LogitmillError USAGE
 */
export function checkFolderName(folder: string): void {
  const extension = extname(folder);
  const name = extension.slice(1).toLowerCase();
  const isFileName =
    Object.hasOwn(NOT_WRITTEN, name) ||
    Object.hasOwn(COMPRESSED, name) ||
    OUTPUT_FORMATS.some(({ extensions }) => extensions.includes(name));
  if (!isFileName || folder.endsWith('/') || fs.existsSync(folder)) return;
  throw new LogitmillError(
    'USAGE',
    'is named like a file, and several inputs have an output each, in a folder',
    { file: folder, hint: `-o ${optionText(folder.slice(0, -extension.length))}` },
  );
}

function notWritten(file: string, what: string, hint: string): LogitmillError {
  return new LogitmillError('UNSUPPORTED_OPTION', `${what} cannot be written, only Arrow`, { file, hint });
}

function withArrow(stem: string): string {
  return OUTPUT_FORMATS.some(({ extensions }) => extensions.includes(extname(stem).slice(1).toLowerCase()))
    ? stem
    : `${stem.replace(/\.[^./]*$/, '')}.arrow`;
}
