import { LogitmillError } from '../errors.ts';
import { describeIoError } from '../io/io-error.ts';
import { removeLocks } from '../output/publish/index.ts';
import type { CommandContext } from './context.ts';

/** `logitmill unlock`: gives outputs free that a run holds which is dead, but not to be seen from here. */
export default async function unlock({ positional, print }: CommandContext): Promise<number> {
  if (positional.length === 0) throw new LogitmillError('USAGE', 'no OUTPUT is given');
  for (const output of positional) {
    const removed = removedLocks(output);
    if (removed.length === 0) print(`${output}: no run holds it\n`);
    for (const who of removed) print(`${output}: removed the lock of ${who}\n`);
  }
  return 0;
}

function removedLocks(output: string): string[] {
  try {
    return removeLocks(output);
  } catch (error) {
    throw describeIoError(error, output, 'remove its lock');
  }
}
