import { LogitmillError } from '../errors.ts';
import {
  type Definitions,
  type OptionDefinition,
  REPORT_DEFINITIONS,
  RUN_DEFINITIONS,
} from './definitions.ts';
import { type RawOptions, wordsFor } from './sources.ts';
import type { ReportOptions, RunOptions } from './types.ts';

export type { RawOptions };

type Resolved<D> = { [K in keyof D]: D[K] extends OptionDefinition<infer T> ? T : never };

/**
 * Picks each option from the first source that has it, checks it, and fills in the default.
 * @throws LogitmillError USAGE with the option's name, what it takes and the value given
 */
export function resolve<D extends Definitions>(definitions: D, sources: readonly RawOptions[]): Resolved<D> {
  const entries = Object.entries(definitions).map(([key, definition]) => {
    const source = sources.find((candidate) => (candidate[definition.name] ?? candidate[key]) !== undefined);
    if (!source) return [key, definition.fallback()];
    const value = source[definition.name] ?? source[key];
    return [key, checked(definition, value, wordsFor(source, definition.name))];
  });
  return Object.fromEntries(entries) as Resolved<D>;
}

/** A bad value is told by the name that it has where it was given. */
function checked(definition: OptionDefinition, value: unknown, words: string): unknown {
  try {
    return definition.check(value, definition.name);
  } catch (error) {
    if (!(error instanceof LogitmillError)) throw error;
    const { code, file, hint } = error;
    const message = error.message.replace(`\`--${definition.name}\``, words);
    const isTyped = words === `\`--${definition.name}\``;
    throw new LogitmillError(code, message, { file, hint: isTyped ? hint : hint?.replace(/^--\S+ /, '') });
  }
}

/** @throws LogitmillError USAGE */
export function resolveRunOptions(...sources: RawOptions[]): RunOptions {
  const options: RunOptions = resolve(RUN_DEFINITIONS, sources);
  if (options.column !== undefined && options.columns !== undefined) {
    throw new LogitmillError(
      'USAGE',
      '`--column` names one list column, `--columns` scalar columns: give one of the two',
    );
  }
  if (options.overwrite && options.skipExisting) {
    throw new LogitmillError(
      'USAGE',
      '`--overwrite` replaces outputs that exist, `--skip-existing` leaves them: give one of the two',
    );
  }
  return options;
}

/** @throws LogitmillError USAGE */
export function resolveReportOptions(...sources: RawOptions[]): ReportOptions {
  return resolve(REPORT_DEFINITIONS, sources);
}
