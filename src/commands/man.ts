import { LogitmillError } from '../errors.ts';
import type { OptionDefinition } from '../options/definitions.ts';
import { VERSION } from '../version.ts';
import { COMMANDS, type CommandDefinition } from './commands.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES_TEXT } from './exit-codes.ts';

/**
 * `logitmill man`: the manual page, in roff, made from the definitions of commands and options.
 * @throws LogitmillError USAGE when more is said
 */
export default async function man({ positional, print }: CommandContext): Promise<number> {
  if (positional.length > 0) throw new LogitmillError('USAGE', '`man` takes nothing');
  print(manPage());
  return 0;
}

function manPage(): string {
  const commands = Object.entries(COMMANDS);
  return [
    `.TH LOGITMILL 1 "" "logitmill ${VERSION}" "User Commands"`,
    '.SH NAME',
    escaped('logitmill - probabilities out of files of logits, with every row checked'),
    '.SH SYNOPSIS',
    ...commands.flatMap(([, { usage }]) => [bold('logitmill', usage), '.br']),
    '.SH DESCRIPTION',
    escaped(
      'Softmax and log-softmax over Arrow and CSV files of any size, in constant memory. The sum of every row is checked and stored. The output is whole or absent; an interrupted run goes on where it stopped.',
    ),
    ...commands.flatMap(([name, command]) => commandSection(name, command)),
    '.SH EXIT STATUS',
    escaped(EXIT_CODES_TEXT.replaceAll('\n', ' ')),
    '.SH EXAMPLES',
    ...EXAMPLES.flatMap(([line, what]) => ['.TP', `.B ${escaped(line)}`, escaped(what)]),
    '',
  ].join('\n');
}

const EXAMPLES = [
  ['logitmill run logits.arrow -o probs.arrow', 'probabilities of the only column of lists'],
  [
    "logitmill run logits.csv --columns 'logit_*' -o probs.arrow --op both",
    'of a text, with log-probabilities',
  ],
  ['logitmill validate probs.arrow', 'checks what is stored once more'],
] as const;

function commandSection(name: string, { help, notes, definitions }: CommandDefinition): string[] {
  const options = Object.values(definitions);
  const groups = [...new Set(options.map(({ group }) => group))];
  return [
    `.SH ${escaped(name.toUpperCase())}`,
    escaped(`${help}.`),
    ...(notes === undefined ? [] : notes.split('\n').flatMap((line) => ['.PP', escaped(line)])),
    ...groups.flatMap((group) => [
      `.SS ${escaped(group)}`,
      ...options.filter((option) => option.group === group).flatMap(optionLines),
    ]),
  ];
}

function optionLines({ name, alias, placeholder, help, defaultText }: OptionDefinition): string[] {
  const names = [...(alias ? [`-${alias}`] : []), `--${name}`]
    .map((word) => `\\fB${escaped(word)}\\fR`)
    .join(', ');
  const value = placeholder === undefined ? '' : ` \\fI${escaped(placeholder)}\\fR`;
  return [
    '.TP',
    `${names}${value}`,
    escaped(defaultText === undefined ? help : `${help} (default: ${defaultText})`),
  ];
}

const bold = (program: string, rest: string): string => `\\fB${program}\\fR ${escaped(rest)}`;

/** Text that roff leaves as it is: backslashes, hyphens to copy, characters beyond ASCII, and what begins like a request. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '...')
    .replace(/[^\0-\x7f]/gu, (character) => `\\[u${hexadecimal(character)}]`)
    .replace(/^(?=[.'])/gm, '\\&');
}

const hexadecimal = (character: string): string =>
  (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
