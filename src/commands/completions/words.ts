import type { Definitions, OptionDefinition } from '../../options/definitions.ts';
import type { CommandDefinition } from '../commands.ts';

/** What a shell may offer after an option: nothing for flags, files, some words, or a value that it cannot know. */
export type Values = 'none' | 'files' | 'unknown' | readonly string[];

/** An option as all shells' completions need it. */
export interface OptionWords {
  name: string;
  alias: string | undefined;
  help: string;
  values: Values;
}

/** A command as all shells' completions need it. */
export interface CommandWords {
  name: string;
  help: string;
  options: readonly OptionWords[];
  /** What stands where there is no option. */
  operands: 'files' | readonly string[];
}

const HELP: OptionWords = { name: 'help', alias: 'h', help: 'show the help', values: 'none' };

export function wordsOf(commands: Readonly<Record<string, CommandDefinition>>): CommandWords[] {
  return Object.entries(commands).map(([name, { help, definitions, operands }]) => ({
    name,
    help,
    options: [...optionsOf(definitions), HELP],
    operands: operands ?? 'files',
  }));
}

function optionsOf(definitions: Definitions): OptionWords[] {
  return Object.values(definitions).map((definition) => ({
    name: definition.name,
    alias: definition.alias,
    help: definition.help,
    values: valuesOf(definition),
  }));
}

/** By the placeholder: `arrow|stream` are words to type, `FILE` is a file, `N` is anything. */
function valuesOf({ placeholder, file }: OptionDefinition): Values {
  if (placeholder === undefined) return 'none';
  if (file !== undefined || /^(FILE|DIR|OUTPUT)\b/.test(placeholder)) return 'files';
  const words = placeholder.split('|').filter((word) => /^[a-z][a-z\d_-]*$/.test(word));
  return words.length > 0 ? words : 'unknown';
}
