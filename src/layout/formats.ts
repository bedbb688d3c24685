import type { OutputFormatName } from '../options/types.ts';
import { type Frame, type FramedSchema, fileFrame, streamFrame } from './frame.ts';

/** A kind of file that can be written. */
export interface OutputFormat {
  readonly name: OutputFormatName;
  /** For messages. */
  readonly what: string;
  /** Of names that mean it; the first is the usual one. */
  readonly extensions: readonly string[];
  /** What stands around the batches. */
  frame(schema: FramedSchema): Frame;
  /** Dictionaries stand between batches, so that one can take another's place half-way; else all come first. */
  readonly dictionariesBetween: boolean;
}

const ARROW: OutputFormat = {
  name: 'arrow',
  what: 'an Arrow file',
  extensions: ['arrow', 'feather', 'ipc'],
  frame: fileFrame,
  dictionariesBetween: false,
};
const STREAM: OutputFormat = {
  name: 'stream',
  what: 'an Arrow stream',
  extensions: ['arrows'],
  frame: streamFrame,
  dictionariesBetween: true,
};

export const OUTPUT_FORMATS: readonly OutputFormat[] = [ARROW, STREAM];

export function outputFormat(name: OutputFormatName): OutputFormat {
  return OUTPUT_FORMATS.find((format) => format.name === name)!;
}
