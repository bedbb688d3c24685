import type { CommandWords, OptionWords, Values } from './words.ts';

/** A file of fish's `completions` folder. */
export function fishCompletion(commands: readonly CommandWords[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const begin = `complete -c logitmill -n 'not __fish_seen_subcommand_from ${names}' -f`;
  return [
    '# fish completion of logitmill; made by `logitmill completion fish`',
    ...commands.map(({ name, help }) => `${begin} -a ${name} -d ${quoted(help)}`),
    `${begin} -s h -l help -d 'show the help'`,
    `${begin} -l version -d 'show the version'`,
    ...commands.flatMap(commandLines),
    '',
  ].join('\n');
}

function commandLines({ name, options, operands }: CommandWords): string[] {
  const within = `complete -c logitmill -n '__fish_seen_subcommand_from ${name}'`;
  const words =
    operands === 'files'
      ? []
      : [`${within} -f${operands.length > 0 ? ` -a ${quoted(operands.join(' '))}` : ''}`];
  return [...words, ...options.map((option) => `${within} ${optionFlags(option)}`)];
}

function optionFlags({ name, alias, help, values }: OptionWords): string {
  return `${alias ? `-s ${alias} ` : ''}-l ${name}${valueFlags(values)} -d ${quoted(help)}`;
}

function valueFlags(values: Values): string {
  if (values === 'none') return '';
  if (values === 'files') return ' -r -F';
  return values === 'unknown' ? ' -x' : ` -x -a ${quoted(values.join(' '))}`;
}

const quoted = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;
