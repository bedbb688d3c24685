import { LogitmillError } from '../errors.ts';
import {
  type Definitions,
  type OptionDefinition,
  REPORT_DEFINITIONS,
  RUN_DEFINITIONS,
} from './definitions.ts';
import type { ReportOptions, RunOptions } from './types.ts';

/** Options by name (`keep-logits`) or key (`keepLogits`), unchecked, from one source. */
export type RawOptions = Readonly<Record<string, unknown>>;

type Resolved<D> = { [K in keyof D]: D[K] extends OptionDefinition<infer T> ? T : never };

/**
 * Picks each option from the first source that has it, checks it, and fills in the default.
 * @throws LogitmillError USAGE with the option's name, what it takes and the value given
 */
export function resolve<D extends Definitions>(definitions: D, sources: readonly RawOptions[]): Resolved<D> {
  const entries = Object.entries(definitions).map(([key, definition]) => {
    const source = sources.find((candidate) => (candidate[definition.name] ?? candidate[key]) !== undefined);
    if (!source) return [key, definition.fallback()];
    return [key, definition.check(source[definition.name] ?? source[key], definition.name)];
  });
  return Object.fromEntries(entries) as Resolved<D>;
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

/** The environment's LOGITMILL_… as raw options. Unknown names are left alone: they may belong to another version. */
export function optionsFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): RawOptions {
  const names = Object.values({ ...RUN_DEFINITIONS, ...REPORT_DEFINITIONS }).map(({ name }) => name);
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = environment[`LOGITMILL_${name.replaceAll('-', '_').toUpperCase()}`];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}
