import { LogitmillError } from '../errors.ts';
import { type ValidateOptions, validateFile } from '../job/validate-file.ts';
import { resolve } from '../options/resolve.ts';
import { Workers } from '../pool/pool.ts';
import { errorFields, errorLines } from '../report/error-text.ts';
import { peakMemory } from '../report/peak-memory.ts';
import { startProgress } from '../report/progress.ts';
import { type FileValidation, reportOf } from '../report/validation.ts';
import { validationLines } from '../report/validation-lines.ts';
import { VERSION } from '../version.ts';
import { inputPaths } from './check-paths.ts';
import type { CommandContext } from './context.ts';
import { filesOf, worstOf } from './input-files.ts';
import { VALIDATE_DEFINITIONS } from './validate-options.ts';

/** `logitmill validate`: 0 when every row (with `--dim 0`: column) of every file is valid, 4 when one is not. */
export default async function validate(context: CommandContext): Promise<number> {
  const { positional, sources, report } = context;
  const { op, ...rest } = resolve(VALIDATE_DEFINITIONS, sources);
  if (op === 'both' || op === 'none')
    throw new LogitmillError('USAGE', '`--op` of validate is softmax, log_softmax or sigmoid');
  if (positional.length === 0) throw new LogitmillError('USAGE', 'no FILE is given');
  const options: ValidateOptions = { ...rest, op };
  const paths = filesOf(positional);
  context.begin(inputPaths(paths));
  const files: object[] = [];
  const codes: number[] = [];
  const workers = new Workers({ ...options, trace: undefined });
  for (const file of paths) {
    const progress = await startProgress(report, context);
    try {
      const found = await validateFile(file, options, {
        ...{ workers, signal: context.signal },
        onProgress: (bytesDone, bytesTotal) => progress.update({ bytesDone, bytesTotal, rowsDone: 0 }),
      });
      const result = reportOf(found);
      const valid = isValid(result);
      files.push({ status: valid ? 'ok' : 'invalid', ...summaryOf(result) });
      progress.stop();
      if (!report.quiet || !valid) context.tell('validated', validationLines(result), result);
      if (!valid) codes.push(4);
    } catch (failure) {
      progress.stop();
      const error = failure instanceof LogitmillError ? withOwnHints(failure) : failure;
      files.push({ status: 'failed', input: { path: file }, error: errorFields(error) });
      const isLast = paths.length === 1 || context.signal.aborted;
      if (!(error instanceof LogitmillError) || isLast) {
        await workers.close();
        throw error;
      }
      context.tell('error', errorLines(error), errorFields(error));
      codes.push(error.exitCode);
    } finally {
      if (files.length === paths.length) {
        const summary = files.length === 1 ? files[0] : { files };
        await context.writeSummary({ schema_version: 1, version: VERSION, ...summary });
      }
    }
  }
  await workers.close();
  return worstOf(codes);
}

/** As run's summary has it; where a file has two results, the first stands above and `columns` has both. */
function summaryOf({ input, columns, seconds }: FileValidation): object {
  const [first] = columns;
  const { column: _column, ...shown } = first;
  return {
    inputs: [input],
    output: null,
    ...shown,
    columns,
    seconds,
    peak_rss_bytes: peakMemory(),
  };
}

function isValid({ columns }: FileValidation): boolean {
  return columns.every(
    ({ validation }) => validation.rows_invalid === 0 && validation.row_sum_mismatches === 0,
  );
}

/** What is said of logits is said with run's options: those that are none here are left out. */
function withOwnHints(error: LogitmillError): LogitmillError {
  const known = new Set(Object.values(VALIDATE_DEFINITIONS).map(({ name }) => `--${name}`));
  const isOurs = (hint: string): boolean =>
    (hint.match(/--[a-z][a-z-]*/g) ?? []).every((name) => known.has(name));
  const hints = error.hint?.split('  or  ') ?? [];
  const own = hints.filter(isOurs);
  return own.length === hints.length
    ? error
    : error.withHint(own.length > 0 ? own.join('  or  ') : undefined);
}
