// yargs writes the help; it is imported only then, because starting it takes as long as a small job.
import yargs from 'yargs';
import { terminalColumns } from '../report/terminal.ts';
import { VERSION } from '../version.ts';
import { COMMANDS, type CommandDefinition } from './commands.ts';
import { EXIT_CODES_TEXT } from './exit-codes.ts';

/** Longer lines are hard to read. */
const MOST_COLUMNS = 110;

/** The text of \`logitmill --help\` or \`logitmill COMMAND --help\`. */
export async function helpText(command: CommandDefinition | undefined): Promise<string> {
  const parser = yargs([])
    .scriptName('logitmill')
    .version(VERSION)
    .help()
    .alias('help', 'h')
    .locale('en')
    .wrap(Math.min(MOST_COLUMNS, terminalColumns() ?? MOST_COLUMNS));
  if (!command) {
    parser.usage('logitmill COMMAND …\n\nProbabilities out of files of logits, with every row checked.');
    for (const { usage, help } of Object.values(COMMANDS)) parser.command(usage, help);
    parser.epilogue(EXIT_CODES_TEXT);
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
  parser.epilogue(`${command.notes ?? ''}\n\n${EXIT_CODES_TEXT}`.trim());
  return parser.getHelp();
}
