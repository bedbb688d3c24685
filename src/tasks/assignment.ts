import type { KernelBuild, KernelModuleName } from '../kernels/names.ts';
import type { Task } from './task.ts';

/** What a worker is given. The first tasks bring the setup, until every worker has it. */
export interface Assignment {
  task: Task;
  setup?: WorkerSetup;
}

/** What a worker has to know before its first task. */
export interface WorkerSetup {
  memory: WebAssembly.Memory;
  slabBytes: number;
  /** Bytes of the memory that belong to no slab: see Plan. For messages that say how much is needed. */
  setApart: number;
  /** Compiled already; others are compiled when a job needs them. */
  modules: Partial<Record<KernelModuleName, WebAssembly.Module>>;
  build: KernelBuild;
  /** Counts the slabs that are taken: each worker takes the next one. */
  slabsTaken: SharedArrayBuffer;
  /** Every task tells what each moment of its time went to. */
  isTraced: boolean;
}
