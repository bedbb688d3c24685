import { LogitmillError } from '../errors.ts';
import { openInput } from '../input/open.ts';
import { inTurns, type Steps } from '../io/steps.ts';
import { chooseKernelBuild } from '../kernels/compile.ts';
import { resolveRunOptions } from '../options/resolve.ts';
import type { Plan } from '../plan/plan.ts';
import { planTransform } from '../plan/plan-transform.ts';
import { describeInput, describePlan } from '../report/description.ts';
import { errorFields, errorLines } from '../report/error-text.ts';
import { inspectionOf } from '../report/inspection.ts';
import { VERSION } from '../version.ts';
import { inputPaths, STANDARD_OUTPUT } from './check-paths.ts';
import type { CommandContext } from './context.ts';
import { filesOf, worstOf } from './input-files.ts';

/** `logitmill inspect`: what is in the files and what `run` would do with them; reads metadata only. */
export default async function inspect(context: CommandContext): Promise<number> {
  const { positional, sources, report, begin, print, tell, signal } = context;
  const options = resolveRunOptions(...sources);
  if (positional.length === 0) throw new LogitmillError('USAGE', 'no FILE is given');
  const build = chooseKernelBuild(options.kernel);
  const paths = filesOf(positional);
  // Standard output has the text, or the summary alone.
  const isText = report.summary !== '-';
  begin([...inputPaths(paths), ...(isText ? [STANDARD_OUTPUT] : [])]);
  const files: object[] = [];
  const codes: number[] = [];
  for (const [index, file] of paths.entries()) {
    if (index > 0 && isText) print('\n');
    try {
      const input = await openInput(file, options, signal);
      const plan = (): Steps<Plan> => planTransform(input, { ...options, toPipe: false, build });
      try {
        if (isText) {
          const described = await inTurns(describePlan(input, plan, options), signal);
          print(`${describeInput(input)}${described}`);
        }
        if (report.summary !== undefined)
          files.push(await inTurns(inspectionOf(file, input, plan, options), signal));
      } finally {
        input.close();
      }
    } catch (error) {
      if (!(error instanceof LogitmillError) || paths.length === 1 || signal.aborted) throw error;
      tell('error', errorLines(error), errorFields(error));
      files.push({ status: 'failed', inputs: [{ path: file }], error: errorFields(error) });
      codes.push(error.exitCode);
    }
  }
  const summary = files.length === 1 ? files[0] : { files };
  await context.writeSummary({ schema_version: 1, version: VERSION, ...summary });
  return worstOf(codes);
}
