import type { RunOptions } from '../options/types.ts';

export interface Job {
  input: string;
  output: string;
  options: RunOptions;
  /** Called now and then with what is done so far. */
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Stops the job; its reason is thrown. */
  signal?: AbortSignal | undefined;
}

export interface Progress {
  /** Of the input that has to be read; null when nobody knows how long it is. */
  bytesDone: number;
  bytesTotal: number | null;
  rowsDone: number;
}
