/**
 * Everything between "the plan is made" and "the output stands": see docs/crash-safety.md.
 *
 *     const target = checkOutputPath(output, inputs, { overwrite });
 *     const lock = acquireLock(target);
 *     const output = openPartial(target, lock, { plan, inputs, fresh });
 *     … workers write to output.fd; output.record(task, result, bytes) …
 *     await output.publish();            // or keepForResume(), or discard()
 */
export { type InputIdentity, inputIdentity } from '../../input/identity.ts';
export { checkOutputPath } from './check-path.ts';
export type { Checkpoint, NewCheckpoint, PlanIdentity, SavedWork } from './journal.ts';
export { removeLocks } from './leftovers.ts';
export { acquireLock, describeLock, type OutputLock } from './lock.ts';
export { type OpenOptions, openPartial } from './open.ts';
export type { OutputFile } from './output-file.ts';
export { type OutputTarget, sideFilesOf } from './target.ts';
