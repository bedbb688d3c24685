import { LogitmillError } from '../errors.ts';
import { openInput } from '../input/open.ts';
import { chooseKernelBuild } from '../kernels/compile.ts';
import { resolveRunOptions } from '../options/resolve.ts';
import { planTransform } from '../plan/plan-transform.ts';
import { describeInput, describePlan } from '../report/description.ts';
import { errorFields, errorLines } from '../report/error-text.ts';
import { inputPaths, STANDARD_OUTPUT } from './check-paths.ts';
import type { CommandContext } from './context.ts';
import { filesOf, worstOf } from './input-files.ts';

/** `logitmill inspect`: what is in the files and what `run` would do with them; reads metadata only. */
export default async function inspect({
  positional,
  sources,
  begin,
  print,
  tell,
  signal,
}: CommandContext): Promise<number> {
  const options = resolveRunOptions(...sources);
  if (positional.length === 0) throw new LogitmillError('USAGE', 'no FILE is given');
  const build = chooseKernelBuild(options.kernel);
  const files = filesOf(positional);
  begin([...inputPaths(files), STANDARD_OUTPUT]);
  const codes: number[] = [];
  for (const [index, file] of files.entries()) {
    if (index > 0) print('\n');
    try {
      const input = await openInput(file, options, signal);
      try {
        print(describeInput(input));
        print(describePlan(() => planTransform(input, { ...options, toPipe: false, build }), options));
      } finally {
        input.close();
      }
    } catch (error) {
      if (!(error instanceof LogitmillError) || files.length === 1 || signal.aborted) throw error;
      tell('error', errorLines(error), errorFields(error));
      codes.push(error.exitCode);
    }
  }
  return worstOf(codes);
}
