import { execFileSync } from 'node:child_process';
import { parseArguments } from '../../src/commands/arguments.ts';
import { LogitmillError } from '../../src/errors.ts';
import { RUN_DEFINITIONS } from '../../src/options/definitions.ts';
import { resolveRunOptions } from '../../src/options/resolve.ts';
import type { RunOptions } from '../../src/options/types.ts';

/** What is typed when a hint is followed to the letter: the words of each choice, as a shell cuts them. */
export function choicesOf(hint: string | undefined): string[][] {
  return (hint ?? '')
    .split('  or  ')
    .filter((choice) => choice.startsWith('--'))
    .map(shellWords);
}

/** Words of a line with the quotes that our hints use, cut at what is no option's any more. */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  for (const [, single, double, plain] of line.matchAll(/'((?:[^']|'\\'')*)'|"([^"]*)"|(\S+)/g))
    words.push(single?.replaceAll("'\\''", "'") ?? double ?? (plain as string));
  return words;
}

/** By a real shell. */
export function realShellWords(line: string): string[] {
  const printed = execFileSync('sh', ['-c', `printf '%s\\n' ${line}`], { encoding: 'utf8' });
  return printed.trimEnd().split('\n');
}

/** The options of a call with these words. */
export function optionsOf(words: readonly string[]): RunOptions {
  return resolveRunOptions(parseArguments(words, RUN_DEFINITIONS).options);
}

export type Outcome<T> = { done: T; words: string[] } | { stopped: LogitmillError; words: string[] };

/**
 * Runs, and follows every choice that is printed, up to the end of each way.
 * @param run throws what a run would say
 */
export function followAll<T>(run: (words: string[]) => T, words: string[] = [], depth = 0): Outcome<T>[] {
  try {
    return [{ done: run(words), words }];
  } catch (error) {
    if (!(error instanceof LogitmillError)) throw error;
    const choices = choicesOf(error.hint);
    const isOpen = !(error.hint ?? '').split('  or  ').every((choice) => choice.startsWith('--'));
    const stopped = choices.length === 0 || depth > 6 || isOpen ? [{ stopped: error, words }] : [];
    if (depth > 6) return stopped;
    return [...stopped, ...choices.flatMap((choice) => followAll(run, [...words, ...choice], depth + 1))];
  }
}

/** How many choices the first message leaves. */
export function firstChoices(
  run: (words: string[]) => unknown,
): { error: LogitmillError; count: number } | null {
  try {
    run([]);
    return null;
  } catch (error) {
    if (!(error instanceof LogitmillError)) throw error;
    return { error, count: choicesOf(error.hint).length };
  }
}
