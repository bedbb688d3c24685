import { isatty } from 'node:tty';
import v8 from 'node:v8';
import { LogitmillError } from '../errors.ts';
import { isNamedCsv } from '../input/csv/is-text.ts';
import { resolveRunOptions } from '../options/resolve.ts';
import type { RunOptions } from '../options/types.ts';
import { humanSummary } from '../report/human.ts';
import { startProgress } from '../report/progress.ts';
import { Trace } from '../report/trace.ts';
import { inputPaths, outputPaths } from './check-paths.ts';
import type { CommandContext } from './context.ts';
import { areSeveral } from './input-files.ts';
import { formatOfName } from './output-name.ts';
import { runOne } from './run-one.ts';

/** \`logitmill run\`. Returns the exit code; the errors it throws have their own. */
export default async function run(context: CommandContext): Promise<number> {
  const { positional, sources, report: wishes } = context;
  const typed = resolveRunOptions(...sources);
  const output = sources.map((source) => source.output).find((value) => value !== undefined);
  if (positional.length === 0) throw new LogitmillError('USAGE', 'no INPUT is given');
  if (typeof output !== 'string')
    throw new LogitmillError('USAGE', 'no output is given', { hint: '-o OUTPUT' });
  if (output === '-' && wishes.summary === '-') {
    throw new LogitmillError('USAGE', '`--summary -` and `-o -` would both write to standard output');
  }
  if (areSeveral(positional)) {
    const { runSeveral } = await import('./run-several.ts');
    return await runSeveral(positional, output, typed, context);
  }
  const isAsked = sources.some((source) => source.format !== undefined);
  const format = formatOfName(output, isAsked ? typed.format : undefined) ?? typed.format;
  const options = { ...typed, format };
  if (output === '-' && isatty(1)) {
    throw new LogitmillError('USAGE', 'standard output is a terminal, which cannot show an Arrow stream', {
      hint: '-o FILE',
    });
  }
  context.begin([...inputPaths(positional), ...outputPaths(output)]);
  if (positional[0] === '-' && isatty(0) && !wishes.quiet)
    context.tell('note', ['waiting for the input on standard input, which is a terminal']);
  if (isText(positional[0], options)) leaveUnoptimized();
  const progress = await startProgress(wishes, context);
  const trace = options.trace === undefined ? undefined : new Trace(options.trace);
  const result = await runOne({ input: positional[0], output }, options, context, {
    onProgress: progress.update,
    trace,
  });
  progress.stop();
  await trace?.write(context);
  for (const note of result.notes) context.tell('note', [note]);
  if (!wishes.quiet && result.summary.status === 'skipped')
    context.tell('note', [`${output} exists already, and is left as it is`]);
  await context.writeSummary(result.summary);
  if (result.error !== undefined) throw advised(result.error, result.isKept);
  if (!wishes.quiet && result.summary.status !== 'skipped')
    context.tell('summary', humanSummary(result.summary), result.summary);
  return 0;
}

/** By what the call says: a guess that costs nothing but time. */
function isText(input: string, { inputFormat }: RunOptions): boolean {
  return inputFormat === 'csv' || isNamedCsv(input);
}

/**
 * Text is read in WebAssembly: the few thousand calls of JavaScript around it are not worth being optimized, which took as long, in threads of V8's own, as reading 200 MB. Tables of many small batches are another
 * matter. Not for a library to do: it holds for the whole process.
 */
function leaveUnoptimized(): void {
  // Later versions optimize in steps, of which the first is quick, and do not know the flag: they would say so.
  if (process.versions.node.startsWith('20.')) v8.setFlagsFromString('--interrupt-budget=1000000');
}

/** What to do after an interruption, which depends on what could be kept. */
function advised(error: unknown, isKept: boolean): unknown {
  if (!(error instanceof LogitmillError) || error.code !== 'INTERRUPTED') return error;
  return error.withHint(
    isKept
      ? 'the same command again, which goes on from here'
      : 'the same command again; it starts from the beginning, for nothing is kept yet or can be',
  );
}
