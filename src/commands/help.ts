// yargs writes the help; it is imported only then, because starting it takes as long as a small job.
import yargs from 'yargs';
import { VERSION } from '../version.ts';
import { COMMANDS, type CommandDefinition } from './commands.ts';

const EXIT_CODES = `Exit codes: 0 done, and valid or accepted by --on-invalid; 1 a fault of ours; 2 usage; 3 bad input;
4 invalid rows; 5 output or I/O; 6 another run holds this output; 129, 130, 143 interrupted (resumable)`;

/** The text of \`logitmill --help\` or \`logitmill COMMAND --help\`. */
export async function helpText(command: CommandDefinition | undefined): Promise<string> {
  const parser = yargs([])
    .scriptName('logitmill')
    .version(VERSION)
    .help()
    .alias('help', 'h')
    .locale('en')
    .wrap(110);
  if (!command) {
    parser.usage('logitmill COMMAND …\n\nProbabilities out of files of logits, with every row checked.');
    for (const { usage, help } of Object.values(COMMANDS)) parser.command(usage, help);
    parser.epilogue(EXIT_CODES);
    return parser.getHelp();
  }
  parser.usage(`logitmill ${command.usage}\n\n${command.help}`);
  for (const { name, alias, help, placeholder, defaultText, group } of Object.values(command.definitions)) {
    parser.option(name, {
      ...(alias ? { alias } : {}),
      describe: placeholder ? `${placeholder}: ${help}` : help,
      group: `${group}:`,
      ...(placeholder ? { requiresArg: true } : { type: 'boolean' as const }),
      ...(defaultText ? { defaultDescription: defaultText, default: undefined } : {}),
    });
  }
  parser.epilogue(`${command.notes ?? ''}\n\n${EXIT_CODES}`.trim());
  return parser.getHelp();
}
