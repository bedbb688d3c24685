import parse from 'yargs-parser';
import { LogitmillError } from '../errors.ts';
import type { Definitions, OptionDefinition } from '../options/definitions.ts';
import type { RawOptions } from '../options/resolve.ts';
import { meantOption } from '../options/suggest.ts';

export interface Arguments {
  /** What is no option: the inputs. */
  positional: string[];
  options: RawOptions;
  help: boolean;
}

/**
 * Splits a command's arguments by its definitions; values are checked later, by `resolve`.
 * @throws LogitmillError USAGE for an unknown option, or one without its value
 */
export function parseArguments(argv: readonly string[], definitions: Definitions): Arguments {
  const all = Object.values(definitions);
  const flags = all.filter(({ placeholder }) => placeholder === undefined).map(({ name }) => name);
  const valued = all.filter(({ placeholder }) => placeholder !== undefined).map(({ name }) => name);
  const parsed = parse(withValues(argv, all), {
    string: [...valued, '_'],
    boolean: [...flags, 'help'],
    alias: {
      ...Object.fromEntries(all.flatMap(({ name, alias }) => (alias ? [[name, alias]] : []))),
      help: 'h',
    },
    configuration: {
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'strip-aliased': true,
      'duplicate-arguments-array': true,
    },
  });
  const { _: positional, help, '--': _rest, ...options } = parsed;
  for (const [name, value] of Object.entries(options)) {
    if (!flags.includes(name) && !valued.includes(name)) throw unknownOption(name, [...flags, ...valued]);
    if (value === false && valued.includes(name)) throw unknownOption(`no-${name}`, [...flags, ...valued]);
    if (value === '' && name !== 'null-values')
      throw new LogitmillError('USAGE', `\`--${name}\` needs a value`);
  }
  return {
    positional: positional.map(String),
    options: withoutRepetition(options, definitions),
    help: help === true,
  };
}

/** An option with a value takes what follows, also a lone `-`, which the parser would leave alone. */
function withValues(argv: readonly string[], definitions: readonly OptionDefinition[]): string[] {
  const names = new Map<string, string>(
    definitions.flatMap(({ name, alias, placeholder }) =>
      placeholder === undefined
        ? []
        : ([
            [`--${name}`, name],
            [`-${alias}`, name],
          ] as const),
    ),
  );
  const result: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const name = names.get(argv[index]);
    if (argv[index] === '--') return [...result, ...argv.slice(index)];
    // -oFILE, as -o FILE.
    const attached = /^-[a-zA-Z](?![=])/.test(argv[index]) ? names.get(argv[index].slice(0, 2)) : undefined;
    if (attached !== undefined && argv[index].length > 2) {
      result.push(`--${attached}=${argv[index].slice(2)}`);
      continue;
    }
    if (name === undefined || index + 1 === argv.length) result.push(argv[index]);
    else result.push(`--${name}=${argv[++index]}`);
  }
  return result;
}

/** An option given twice keeps all its values where it is a list of columns, else the last one, as most tools have it. */
function withoutRepetition(options: Record<string, unknown>, definitions: Definitions): RawOptions {
  const lists = new Set(
    Object.values(definitions)
      .filter(({ placeholder }) => placeholder?.includes('…'))
      .map(({ name }) => name),
  );
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name,
      Array.isArray(value) && !lists.has(name) ? value.at(-1) : value,
    ]),
  );
}

function unknownOption(name: string, known: readonly string[]): LogitmillError {
  const dashes = name.length === 1 ? '-' : '--';
  return new LogitmillError('USAGE', `unknown option ${dashes}${name}`, { hint: meantOption(name, known) });
}
