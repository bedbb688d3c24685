/** What a worker's time goes to. `wait`: for the part of the file before its own. */
export const STAGES = ['other', 'read', 'parse', 'compute', 'check', 'write', 'wait'] as const;
export type Stage = (typeof STAGES)[number];

/** Where the time of one task went. */
export interface WorkTimes {
  /** Of the thread that did it. */
  thread: number;
  /** Milliseconds, by index of STAGES. */
  stages: number[];
  /** For a trace only: index of the stage, begin in milliseconds since 1970, duration in milliseconds. */
  spans?: [stage: number, begin: number, duration: number][];
}
