import fs from 'node:fs';
import { basename, join } from 'node:path';
import { LogitmillError } from '../errors.ts';
import { ARCHIVE_ENDINGS } from '../input/bytes/archive.ts';
import { INPUT_FORMATS } from '../input/formats.ts';
import { describeIoError, systemReason } from '../io/io-error.ts';
import { shellQuoted } from '../io/shell.ts';
import type { RunOptions } from '../options/types.ts';
import { type CallPath, inputPaths, outputPaths } from './check-paths.ts';
import { checkFolderName } from './output-name.ts';

/** Names by which a folder's files are taken as inputs; the compressed forms of all of them, too. */
const EXTENSIONS = INPUT_FORMATS.flatMap(({ extensions }) => extensions);
const INPUT_NAME = new RegExp(`\\.(${EXTENSIONS.join('|')})(\\.(${ARCHIVE_ENDINGS}))?$`, 'i');

/** For the help. */
export const FOLDER_INPUTS = `${EXTENSIONS.map((extension) => `.${extension}`).join(' ')}, also with .gz, .zst or .lz4`;

export interface InputAndOutput {
  input: string;
  output: string;
  /** Of the input, in bytes; 0 when it cannot be looked at. */
  bytes: number;
}

/** Whether the call has one output a file, in a folder. */
export function areSeveral(inputs: readonly string[]): boolean {
  return inputs.length > 1 || (inputs[0] !== undefined && isFolder(inputs[0]));
}

/** From the worst on: ours, the output's, the input's, the call's, another run's, invalid rows. */
const WORST_FIRST = [1, 5, 3, 2, 6, 4];

/** The exit code of a call with several files, from theirs. */
export function worstOf(codes: readonly number[]): number {
  return WORST_FIRST.find((code) => codes.includes(code)) ?? 0;
}

/**
 * The files that a call names, with those that are in its folders.
 * @throws LogitmillError INPUT_MISSING, INPUT_UNREADABLE
 */
export function filesOf(inputs: readonly string[]): string[] {
  return inputs.flatMap((input) => (isFolder(input) ? inputsIn(input) : [input]));
}

/**
 * The files of a call with several inputs, each with the output named after it in `folder`, which is made when it is
 * missing. Nothing is made when the call cannot work.
 * @throws LogitmillError USAGE, INPUT_MISSING, INPUT_UNREADABLE, OUTPUT_IS_INPUT, PATH_CLASH, OUTPUT_FOLDER_MISSING
 */
export function pairOutputs(
  inputs: readonly string[],
  folder: string,
  shard: RunOptions['shard'] | undefined,
  begin: (paths: CallPath[]) => void,
): InputAndOutput[] {
  if (folder === '-' || inputs.includes('-')) {
    const stream = folder === '-' ? 'standard output' : 'standard input';
    throw new LogitmillError('USAGE', `several inputs cannot go with ${stream}`, {
      hint: 'one call for each input',
    });
  }
  checkFolderName(folder);
  const pairs = filesOf(inputs).map((input) => ({
    input,
    output: join(folder, outputName(input, shard)),
    bytes: sizeOf(input),
  }));
  refuseCollisions(pairs);
  begin([
    ...inputPaths(pairs.map(({ input }) => input)),
    ...pairs.flatMap(({ output }) => outputPaths(output)),
  ]);
  makeFolder(folder);
  return pairs;
}

/**
 * `a.csv.gz` becomes `a.arrow`; what is no input's ending stays part of the name. Shards that share a folder are
 * `a.03-of-16.arrow`.
 */
function outputName(input: string, shard?: RunOptions['shard']): string {
  const name = basename(input).replace(INPUT_NAME, '');
  if (!shard) return `${name}.arrow`;
  const index = String(shard.index).padStart(String(shard.count - 1).length, '0');
  return `${name}.${index}-of-${shard.count}.arrow`;
}

/** Whatever is an input by its name: what cannot be read then, links that lead nowhere too, is said, not left out. */
function inputsIn(folder: string): string[] {
  let names: string[];
  try {
    // A name that is not UTF-8 has marks in the place of its bytes: it stays in the list, to be reported.
    names = fs.readdirSync(folder).sort();
  } catch (cause) {
    throw new LogitmillError('INPUT_UNREADABLE', `cannot be read: ${systemReason(cause)}`, {
      file: folder,
      cause,
    });
  }
  const files = names
    .filter((name) => INPUT_NAME.test(name) && !name.startsWith('.'))
    .map((name) => join(folder, name))
    .filter((path) => !isFolder(path));
  if (files.length > 0) return files;
  throw new LogitmillError('INPUT_MISSING', `has no file that is an input by its name (${FOLDER_INPUTS})`, {
    file: folder,
    hint: `name the files: ${shellQuoted(folder)}/*`,
  });
}

function sizeOf(path: string): number {
  try {
    return fs.statSync(path).size;
  } catch {
    return 0;
  }
}

function isFolder(path: string): boolean {
  try {
    return fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}

function refuseCollisions(pairs: readonly InputAndOutput[]): void {
  const known = new Map<string, string>();
  for (const { input, output } of pairs) {
    const other = known.get(output);
    if (other !== undefined) {
      throw new LogitmillError('USAGE', `the outputs of ${other} and ${input} would both be ${output}`, {
        hint: 'two calls, with two folders',
      });
    }
    known.set(output, input);
  }
}

function makeFolder(folder: string): void {
  if (isFolder(folder)) return;
  if (fs.lstatSync(folder, { throwIfNoEntry: false }) !== undefined) {
    throw new LogitmillError('USAGE', 'is not a folder, and several inputs have several outputs', {
      file: folder,
      hint: '-o FOLDER',
    });
  }
  try {
    fs.mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw describeIoError(error, folder, 'make the folder');
    throw new LogitmillError('OUTPUT_FOLDER_MISSING', 'the folder that it is to lie in does not exist', {
      file: folder,
      hint: `mkdir -p ${shellQuoted(folder)}`,
    });
  }
}
