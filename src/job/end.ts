import { type ErrorCode, LogitmillError } from '../errors.ts';
import type { Input } from '../input/open.ts';
import type { Output } from '../output/output.ts';
import { invalidCount, type JobTally } from './tally.ts';

/** OUTPUT_EXISTS: it appeared while this run was at work; with --overwrite nothing is computed again. */
const RESUMABLE = new Set<ErrorCode>([
  'INTERRUPTED',
  'INVALID_ROWS',
  'NO_SPACE',
  'NULL_ROWS',
  'OUTPUT_EXISTS',
  'OUTPUT_IO',
  'WORKER_DIED',
]);

/** Whether what a failed job has done is kept for a later run. */
export function canGoOn(error: unknown): boolean {
  return error instanceof LogitmillError && RESUMABLE.has(error.code);
}

/** What came through a pipe has to come again, and so has what becomes null in a column: there is no room for that yet. */
function wayOut({ columns }: JobTally, { identity }: Input): string {
  const [either, without] = ['--on-invalid null or --on-invalid keep', 'publishes without computing again'];
  if (!identity) return either;
  return columns
    ? `--on-invalid keep, which ${without}, or with --on-invalid null`
    : `${either}, which ${without}`;
}

/** Keeps the finished work, and says why it is not published. */
export async function refuseInvalid(tally: JobTally, input: Input, output: Output): Promise<LogitmillError> {
  await output.mark({ complete: true });
  const [unit, first] = tally.columns
    ? ['column', tally.columns.firstInvalid[0]]
    : ['row', tally.firstInvalid[0]];
  const sum = first.reason === 'sum' ? `sum ${first.sum}` : first.reason;
  const count = invalidCount(tally);
  const which = first.column ?? first.row;
  const outcome = output.inOrder
    ? 'the stream was sent up to there at most, and ends as a failed one'
    : 'nothing was published';
  return new LogitmillError(
    'INVALID_ROWS',
    `${count === 1 ? `1 ${unit} is` : `${count} ${unit}s are`} invalid, the first is ${unit} ${which} (${sum}); ${outcome}`,
    {
      file: input.path,
      hint: `the same command with ${wayOut(tally, input)}`,
    },
  );
}
