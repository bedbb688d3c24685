import {
  CONFIG_DEFINITION,
  type Definitions,
  OUTPUT_DEFINITION,
  REPORT_DEFINITIONS,
  RUN_DEFINITIONS,
} from '../options/definitions.ts';
import { SHELLS } from './completions/shells.ts';
import type { CommandContext } from './context.ts';
import { FOLDER_INPUTS } from './input-files.ts';
import { VALIDATE_DEFINITIONS } from './validate-options.ts';

/** A command's name, usage, options and the module that does it, imported only when it is called. */
export interface CommandDefinition {
  usage: string;
  help: string;
  notes?: string;
  /** The words that may follow; files when left out. */
  operands?: readonly string[];
  definitions: Definitions;
  load(): Promise<{ default: (context: CommandContext) => Promise<number> }>;
}

export const COMMANDS: Readonly<Record<string, CommandDefinition>> = {
  run: {
    usage: 'run INPUT... -o OUTPUT [options]',
    help: 'logits in, probabilities out',
    notes: `INPUT: an Arrow file or stream, a CSV file (all also .gz, .zst or .lz4), or - for standard input. Results stand where the logits stood, row_sum right after them.
Several INPUTs, or a folder: OUTPUT is a folder, made when missing, with a NAME.arrow for each. Of a folder it
takes ${FOLDER_INPUTS}, and goes into no folder in it.
A file that fails does not stop the others, a signal does; --skip-existing then goes on. The exit code is that of the worst: 1, then 5, 3, 2, 6, 4.
Every option can stand in the environment as LOGITMILL_NAME, or in the file of --config under its name.`,
    definitions: {
      output: OUTPUT_DEFINITION,
      ...RUN_DEFINITIONS,
      ...REPORT_DEFINITIONS,
      config: CONFIG_DEFINITION,
    },
    load: () => import('./run.ts'),
  },
  validate: {
    usage: 'validate FILE... [options]',
    help: "re-check stored probabilities (ours or anybody's) against 1 and against row_sum",
    definitions: { ...VALIDATE_DEFINITIONS, ...REPORT_DEFINITIONS, config: CONFIG_DEFINITION },
    load: () => import('./validate.ts'),
  },
  inspect: {
    usage: "inspect FILE... [run's options]",
    help: 'schema, rows, batches, and what `run` would do; reads metadata only',
    definitions: { ...RUN_DEFINITIONS, ...REPORT_DEFINITIONS, config: CONFIG_DEFINITION },
    load: () => import('./inspect.ts'),
  },
  unlock: {
    usage: 'unlock OUTPUT...',
    help: 'remove the lock of a run that is dead, but cannot be seen from here, and say whose it was',
    definitions: {},
    load: () => import('./unlock.ts'),
  },
  completion: {
    usage: `completion ${SHELLS.join('|')}`,
    help: 'prints what lets this shell complete commands, options and their values',
    notes: `bash: logitmill completion bash > ~/.local/share/bash-completion/completions/logitmill
zsh: logitmill completion zsh > _logitmill, in a folder of $fpath
fish: logitmill completion fish > ~/.config/fish/completions/logitmill.fish`,
    operands: SHELLS,
    definitions: {},
    load: () => import('./completion.ts'),
  },
  man: {
    usage: 'man',
    help: 'prints the manual page, for `man -l -`; an installation has it as `man logitmill`',
    operands: [],
    definitions: {},
    load: () => import('./man.ts'),
  },
};
