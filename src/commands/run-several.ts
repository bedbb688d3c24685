import { LogitmillError } from '../errors.ts';
import type { Progress } from '../job/types.ts';
import type { RunOptions } from '../options/types.ts';
import { Workers } from '../pool/pool.ts';
import { errorFields, errorLines } from '../report/error-text.ts';
import { startProgress } from '../report/progress.ts';
import { severalSummary } from '../report/several.ts';
import type { Summary } from '../report/summary.ts';
import { Trace } from '../report/trace.ts';
import type { CommandContext } from './context.ts';
import { type InputAndOutput, pairOutputs, worstOf } from './input-files.ts';
import type { OneResult } from './run-one.ts';
import { runOne } from './run-one.ts';

/**
 * One output for each input, in one folder, by one pool of workers. A file that fails does not stop the others; a
 * signal stops all. Returns the exit code of the worst.
 * @throws LogitmillError before any work, or INTERRUPTED
 */
export async function runSeveral(
  inputs: readonly string[],
  folder: string,
  options: RunOptions,
  context: CommandContext,
): Promise<number> {
  const { report: wishes, signal } = context;
  const pairs = pairOutputs(inputs, folder, options.shard, context.begin);
  const start = performance.now();
  const progress = await startProgress(wishes, context);
  const workers = new Workers(options);
  const trace = options.trace === undefined ? undefined : new Trace(options.trace);
  const summaries: Summary[] = [];
  const codes: number[] = [];
  const position = new Position(pairs);
  try {
    for (const pair of pairs) {
      const result = await runOne(pair, options, context, {
        onProgress: (done) => progress.update(position.within(pair, done)),
        trace,
        workers,
      });
      position.finish(pair, result.summary);
      progress.update(position.now());
      summaries.push(result.summary);
      codes.push(exitCodeOf(result, signal));
      if (!signal.aborted) tellOne(pair, result, context);
    }
  } finally {
    progress.stop();
    await workers.close();
  }
  await trace?.write(context);
  const summary = severalSummary(summaries, (performance.now() - start) / 1000);
  await context.writeSummary(summary.json);
  if (!wishes.quiet) context.tell('summary', summary.lines, summary.json);
  if (signal.aborted && signal.reason instanceof LogitmillError)
    throw signal.reason.withHint('the same command with --skip-existing, which goes on from here');
  return worstOf(codes);
}

function exitCodeOf({ error }: OneResult, signal: AbortSignal): number {
  if (error === undefined || signal.aborted) return 0;
  return error instanceof LogitmillError ? error.exitCode : 1;
}

/** What sets a file apart from the others; a good one is only counted. */
function tellOne({ input }: InputAndOutput, { notes, error }: OneResult, { tell }: CommandContext): void {
  for (const note of notes) tell('note', [`${input}: ${note}`]);
  if (error === undefined) return;
  if (error instanceof LogitmillError) {
    const named = error.file === undefined ? { ...errorFields(error), file: input } : errorFields(error);
    const lines = errorLines(error);
    if (error.file === undefined) lines[0] = `${input}: ${lines[0]}`;
    tell('error', lines, named);
  } else tell('error', [`${input}: ${errorFields(error).message}`], { file: input, ...errorFields(error) });
}

/** How far all files together are, by their sizes. */
class Position {
  private readonly bytesTotal: number;
  private bytesBefore = 0;
  private rowsBefore = 0;

  constructor(pairs: readonly InputAndOutput[]) {
    this.bytesTotal = pairs.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  within({ bytes }: InputAndOutput, done: Progress): Progress {
    const part = (done.bytesDone / Math.max(1, done.bytesTotal ?? bytes)) * bytes;
    return {
      bytesDone: this.bytesBefore + Math.min(bytes, part),
      bytesTotal: this.bytesTotal,
      rowsDone: this.rowsBefore + done.rowsDone,
    };
  }

  finish({ bytes }: InputAndOutput, { output }: Summary): void {
    this.bytesBefore += bytes;
    this.rowsBefore += output?.rows ?? 0;
  }

  now() {
    return { bytesDone: this.bytesBefore, bytesTotal: this.bytesTotal, rowsDone: this.rowsBefore };
  }
}
