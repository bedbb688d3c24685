import { LogitmillError } from '../errors.ts';
import type { Definitions, OptionDefinition } from './definitions.ts';
import { nearest } from './suggest.ts';

/** Options by name (`keep-logits`) or key (`keepLogits`), unchecked, from one source. */
export type RawOptions = Readonly<Record<string, unknown>>;

/** How an option is called in a source that is not the command line. */
const WORDS = new WeakMap<RawOptions, (name: string) => string>();

/** For messages: `--threads`, `LOGITMILL_THREADS`, `"threads" in the config file`. */
export function wordsFor(source: RawOptions, name: string): string {
  return `\`${WORDS.get(source)?.(name) ?? `--${name}`}\``;
}

/** What this project's own tests and benchmarks hear, which are started with the program's environment. */
const NOT_OPTIONS =
  /^(DEBUG|TEST_.*|FAULT|CLOCK|CRASH|LONG|SHOW|SEED|NODES|PEERS|PYTHON|SAMPLE|NUMBERS|FUZZ_.*|BENCH_.*)$/;

const PREFIX = 'LOGITMILL_';
const variableOf = (name: string): string => PREFIX + name.replaceAll('-', '_').toUpperCase();

/**
 * The environment's LOGITMILL_… as raw options.
 * @param definitions of all commands: a variable may stand there for another one
 * @throws LogitmillError USAGE for one that is none
 */
export function optionsFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  definitions: readonly OptionDefinition[],
): RawOptions {
  const names = new Map(definitions.map(({ name }) => [variableOf(name), name]));
  const found: [string, string][] = [];
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith(PREFIX) || NOT_OPTIONS.test(variable.slice(PREFIX.length))) continue;
    const name = names.get(variable);
    if (name === undefined) {
      const meant = nearest(variable, [...names.keys()]);
      throw new LogitmillError('USAGE', `the environment has ${variable}, which is no option`, {
        hint: meant === undefined ? `unset ${variable}` : `${meant}  or  unset ${variable}`,
      });
    }
    if (value !== undefined && value !== '') found.push([name, value]);
  }
  const options = Object.fromEntries(found);
  WORDS.set(options, variableOf);
  return options;
}

/**
 * A config file's options.
 * @throws LogitmillError USAGE for what is no option of the command
 */
export function optionsFromConfig(value: unknown, definitions: Definitions, file: string): RawOptions {
  const refuse = (why: string, hint?: string): never => {
    throw new LogitmillError('USAGE', `the config file cannot be used: ${why}`, { file, hint });
  };
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse('it holds no object');
  const known = new Set(Object.entries(definitions).flatMap(([key, { name }]) => [key, name]));
  const unknown = Object.keys(value).find((key) => !known.has(key));
  if (unknown !== undefined) {
    const meant = nearest(unknown.toLowerCase(), [...known]);
    refuse(`it has no option of this command in ${JSON.stringify(unknown)}`, meant && JSON.stringify(meant));
  }
  const options: RawOptions = { ...value };
  WORDS.set(options, (name) => `${name} in ${file}`);
  return options;
}
