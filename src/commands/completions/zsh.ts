import type { CommandWords, OptionWords, Values } from './words.ts';

/** For `compdef`: a file named _logitmill in a folder of $fpath. */
export function zshCompletion(commands: readonly CommandWords[]): string {
  return `#compdef logitmill
# zsh completion of logitmill; made by \`logitmill completion zsh\`
_logitmill() {
  local curcontext=$curcontext state line
  local -a commands=(
${commands.map(({ name, help }) => `    ${quoted(`${name}:${help}`)}`).join('\n')}
  )
  _arguments -C '(- *)'{-h,--help}'[show the help]' '(- *)--version[show the version]' '1: :->command' '*:: :->rest'
  case $state in
    command) _describe command commands ;;
    rest)
      case $line[1] in
${commands.map(commandCase).join('\n')}
      esac ;;
  esac
}
if [[ $funcstack[1] == _logitmill ]]; then _logitmill "$@"; else compdef _logitmill logitmill; fi
`;
}

function commandCase({ name, options, operands }: CommandWords): string {
  const rest = operands === 'files' ? "'*:file:_files'" : `'*:word:(${operands.join(' ')})'`;
  const specs = options.map((option) => `          ${optionSpec(option)} \\`);
  return `        ${name}) _arguments -s -S \\\n${specs.join('\n')}\n          ${rest} ;;`;
}

function optionSpec({ name, alias, help, values }: OptionWords): string {
  const rest = `[${help.replace(/[[\]\\:]/g, '\\$&')}]${valueSpec(name, values)}`;
  const long = values === 'none' ? `--${name}` : `--${name}=`;
  if (alias === undefined) return quoted(`*${long}${rest}`);
  const short = values === 'none' ? `-${alias}` : `-${alias}+`;
  return `{${short},${long}}${quoted(rest)}`;
}

function valueSpec(name: string, values: Values): string {
  if (values === 'none') return '';
  if (values === 'files') return `:${name}:_files`;
  if (values === 'unknown') return `:${name}: `;
  return `:${name}:(${values.join(' ')})`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
