import type { CommandWords, OptionWords } from './words.ts';

/** For `complete -F`: sourced, or put where bash-completion looks for it. */
export function bashCompletion(commands: readonly CommandWords[]): string {
  return `# bash completion of logitmill; made by \`logitmill completion bash\`
_logitmill() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command= index
  # bash takes the = of --option=value as a word.
  if [[ $previous == = ]]; then previous=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  if [[ $current == = ]]; then current=; fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    case \${COMP_WORDS[index]} in
      ${commands.map(({ name }) => name).join(' | ')}) command=\${COMP_WORDS[index]}; break ;;
    esac
  done
  COMPREPLY=()
  case $command,$previous in
${commands.flatMap(valueCases).join('\n')}
  esac
  case $command in
${commands.map(operandCase).join('\n')}
    *) COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')} --help --version' -- "$current")) ;;
  esac
}
complete -o bashdefault -o default -F _logitmill logitmill
`;
}

function valueCases({ name, options }: CommandWords): string[] {
  const free = options.filter(({ values }) => values === 'unknown');
  const files = options.filter(({ values }) => values === 'files');
  const chosen = options.flatMap((option) =>
    typeof option.values === 'string'
      ? []
      : [
          `    ${patterns(name, [option])}) COMPREPLY=($(compgen -W '${option.values.join(' ')}' -- "$current")); return ;;`,
        ],
  );
  return [
    ...chosen,
    ...(files.length > 0 ? [`    ${patterns(name, files)}) return ;;`] : []),
    ...(free.length > 0 ? [`    ${patterns(name, free)}) compopt +o default +o bashdefault; return ;;`] : []),
  ];
}

const patterns = (command: string, options: readonly OptionWords[]): string =>
  options
    .flatMap(({ name, alias }) => [`--${name}`, ...(alias ? [`-${alias}`] : [])])
    .map((word) => `${command},${word}`)
    .join(' | ');

/** Where no option is begun, bash offers files by itself when nothing else is offered. */
function operandCase({ name, options, operands }: CommandWords): string {
  const words = options.map((option) => `--${option.name}`).join(' ');
  const option = `if [[ $current == -* ]]; then COMPREPLY=($(compgen -W '${words}' -- "$current"))`;
  if (operands === 'files') return `    ${name}) ${option}; fi ;;`;
  return `    ${name}) ${option}; else compopt +o default +o bashdefault; COMPREPLY=($(compgen -W '${operands.join(' ')}' -- "$current")); fi ;;`;
}
