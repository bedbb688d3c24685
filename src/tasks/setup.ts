import v8 from 'node:v8';

/**
 * What all tasks of a job have in common, as they carry it: in shared memory, so that a task is small however many
 * columns there are, and workers that are there already can take up another job.
 */
export interface SharedSetup {
  /** Tells one setup from another. */
  id: number;
  bytes: SharedArrayBuffer;
}

let shared = 0;

export function shareSetup(setup: unknown): SharedSetup {
  const serialized = v8.serialize(setup);
  const bytes = new SharedArrayBuffer(serialized.length);
  new Uint8Array(bytes).set(serialized);
  return { id: shared++, bytes };
}

export function readSetup({ bytes }: SharedSetup): unknown {
  return v8.deserialize(Buffer.from(bytes));
}
