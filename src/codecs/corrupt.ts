import { LogitmillError } from '../errors.ts';

/** What is wrong with compressed bytes; whoever knows which ones they are puts that before it. */
export function corrupt(why: string): LogitmillError {
  return new LogitmillError('INPUT_CORRUPT', why);
}
