import { LogitmillError } from '../errors.ts';
import { runJob } from '../job.ts';
import { resolveRunOptions } from '../options/resolve.ts';
import { humanSummary } from '../report/human.ts';
import { startReport } from '../report/job-report.ts';
import { startProgress } from '../report/progress.ts';
import type { CommandContext } from './context.ts';
import { writeSummary } from './write-summary.ts';

/** \`logitmill run\`. Returns the exit code; the errors it throws have their own. */
export default async function run(context: CommandContext): Promise<number> {
  const { positional, sources, report: wishes } = context;
  const options = resolveRunOptions(...sources);
  const output = sources.map((source) => source.output).find((value) => value !== undefined);
  if (positional.length === 0) throw new LogitmillError('USAGE', 'no INPUT is given');
  if (typeof output !== 'string')
    throw new LogitmillError('USAGE', 'no output is given', { hint: '-o OUTPUT' });
  if (output === '-' && wishes.summary === '-') {
    throw new LogitmillError('USAGE', '`--summary -` and `-o -` would both write to standard output');
  }
  if (output === '-')
    throw new LogitmillError('UNSUPPORTED_OPTION', 'writing to standard output is not supported yet', {
      hint: '-o FILE',
    });
  if (positional.includes('-'))
    throw new LogitmillError('UNSUPPORTED_OPTION', 'reading standard input is not supported yet');
  if (positional.length > 1)
    throw new LogitmillError('UNSUPPORTED_OPTION', 'several inputs are not supported yet');
  const progress = await startProgress(wishes, context);
  const job = { input: positional[0], output, options, onProgress: progress.update, signal: context.signal };
  const report = startReport(job);
  try {
    await runJob(job, report);
  } catch (error) {
    report.failed(error);
    throw error;
  } finally {
    progress.stop();
    if (!wishes.quiet) for (const note of report.notes) context.tell('note', [note]);
    writeSummary(wishes.summary, report.finish(), context);
  }
  if (!wishes.quiet) context.tell('summary', humanSummary(report.summary), report.summary);
  return 0;
}
