import { goalsTable } from '../goals.ts';
import type { Results } from '../results.ts';
import { workTable } from './table.ts';

/** A run's page in bench/results. */
export function markdown(results: Results): string {
  const { machine, date, command, works, scale } = results;
  const versions = Object.entries(machine.versions).map(([name, version]) => `- ${name}: ${version}`);
  const commands = works
    .filter(({ turns }) => turns.length > 0)
    .map(({ name, turns }) => [`# ${name}`, ...turns.map((one) => quote(one.command))].join('\n'));
  return `# ${date}, ${machine.cpu}, ${machine.cores} cores

\`${command}\`

${machine.system}, ${(machine.memoryBytes / 2 ** 30).toFixed(0)} GiB of memory; $INPUTS on ${machine.fileSystems.memory}, $DISK on ${machine.fileSystems.disk}${scale === 1 ? '' : `. Inputs have ${scale} of their full size`}

${versions.join('\n')}

All contestants of a table took turns, A B C A B C …, after one round that does not count; inputs were in the page cache. \`time / first\`: median of the ratios of the same round, with quartiles; \`range\`: least and most of them. \`peak\`: largest resident set, mapped files included; \`own\`: the largest part of it that is no file. CPU seconds are means. GB/s: of the input's logits or text.

${goalsTable(results)}

## Works

${works.map(workTable).join('\n\n')}

## Commands

\`\`\`sh
${commands.join('\n')}
\`\`\`
`;
}

function quote(command: readonly string[]): string {
  return command.map((word) => (/^[\w$./=:,-]+$/.test(word) ? word : `'${word}'`)).join(' ');
}
