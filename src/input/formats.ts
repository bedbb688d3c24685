import type { InputFormatName } from '../options/types.ts';
import { ARROW_FILE } from './arrow/file.ts';
import { ARROW_STREAM } from './arrow/stream.ts';
import { CSV } from './csv/file.ts';
import type { InputFormat } from './format.ts';

/** What can be read. The first one that recognises an input reads it. */
export const INPUT_FORMATS: readonly InputFormat[] = [ARROW_FILE, CSV, ARROW_STREAM];

export function formatNamed(name: InputFormatName): InputFormat {
  return INPUT_FORMATS.find((format) => format.name === name)!;
}
