// How a call wants to be told of its failure, read from arguments that are not understood otherwise.
import { type CallPath, isApart } from './check-paths.ts';

export function asksForJson(argv: readonly string[]): boolean {
  return (wishOf(argv, 'log-format') ?? process.env.LOGITMILL_LOG_FORMAT) === 'json';
}

/** Where the summary is to go: a path, `-`, or nowhere. */
export function summaryWish(argv: readonly string[]): string | undefined {
  return wishOf(argv, 'summary') ?? process.env.LOGITMILL_SUMMARY;
}

/** Whether a summary there meets no other file that the arguments name, nor a stream on standard output. */
export function mayHaveSummary(argv: readonly string[]): boolean {
  const wish = summaryWish(argv);
  if (wish === undefined) return true;
  if (wish === '-') return !writesStream(argv);
  const at = argv.lastIndexOf('--summary') + 1;
  const others = argv.flatMap((argument, index): CallPath[] => {
    if ((at > 0 && index === at) || argument.startsWith('--summary')) return [];
    const value = argument.startsWith('-') ? argument.slice(argument.indexOf('=') + 1) : argument;
    return value === '' || value.startsWith('-') ? [] : [{ path: value, use: 'read', what: '' }];
  });
  return isApart({ path: wish, use: 'write', what: '' }, others);
}

function wishOf(argv: readonly string[], name: string): string | undefined {
  const at = argv.lastIndexOf(`--${name}`);
  if (at >= 0) return argv[at + 1];
  const start = `--${name}=`;
  return argv.findLast((argument) => argument.startsWith(start))?.slice(start.length);
}

function writesStream(argv: readonly string[]): boolean {
  return argv.some(
    (argument, at) =>
      ((argument === '-o' || argument === '--output') && argv[at + 1] === '-') ||
      ['-o-', '-o=-', '--output=-'].includes(argument),
  );
}
