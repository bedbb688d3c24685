import { LogitmillError } from '../errors.ts';
import { COMMANDS } from './commands.ts';
import { bashCompletion } from './completions/bash.ts';
import { fishCompletion } from './completions/fish.ts';
import { SHELLS, type Shell } from './completions/shells.ts';
import { type CommandWords, wordsOf } from './completions/words.ts';
import { zshCompletion } from './completions/zsh.ts';
import type { CommandContext } from './context.ts';

const COMPLETIONS: Readonly<Record<Shell, (commands: readonly CommandWords[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/**
 * `logitmill completion SHELL`: a script of that shell, made from the definitions of commands and options.
 * @throws LogitmillError USAGE for another shell
 */
export default async function completion({ positional, print }: CommandContext): Promise<number> {
  const shell = SHELLS.find((name) => positional.length === 1 && name === positional[0]);
  if (shell === undefined)
    throw new LogitmillError(
      'USAGE',
      positional.length === 1
        ? `no completion for ${positional[0]}`
        : 'completion takes the name of one shell',
      { hint: SHELLS.map((name) => `logitmill completion ${name}`).join(', or ') },
    );
  print(COMPLETIONS[shell](wordsOf(COMMANDS)));
  return 0;
}
