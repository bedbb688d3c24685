/**
 * The one definition of how the shared memory is divided, used by the coordinator and by the workers.
 * Addresses are bytes from its start.
 */
import { LogitmillError } from '../errors.ts';

/** Below it lie the constants of the kernel modules (scripts/build-kernels.mjs). */
export const FIRST_SLAB = 2 * 2 ** 20;

/** Scratch that the kernels may use, at the start of each slab. */
export const SCRATCH_BYTES = 64 * 2 ** 10;

/**
 * What the float16 kernels need to compute in, in bytes: a row of float32, or four rows of columns, for each of
 * `results`; more where that is little, so that a tile is as long as it is fast. No result depends on it.
 * @param classes of the longest row
 */
export function workBytes(form: 'rows' | 'columns', classes: number, results: number): number {
  const least = Math.max(32 * 2 ** 10, classes * results * (form === 'rows' ? 4 : 16));
  if (form === 'rows') return least;
  // Tiles of whole cache lines of halves where that fits in the second-level cache, and the sums of a tile's rows.
  return Math.max(least, Math.min(classes * results * 256, 2 ** 19)) + 4096;
}

/**
 * What a thread has at least, where there are several: with less it reads and writes in small pieces, and a thread costs
 * some 8 MB beside its slab. More threads than memory allows by this do not make a job faster.
 */
const THREAD_BYTES = 6 * 2 ** 20;

/** How many of `threads` are put to work with `memory` bytes for all slabs. @param least bytes of a slab that the job needs */
export function threadsWithin(threads: number, memory: number, least = 0): number {
  return Math.max(1, Math.min(threads, Math.floor(memory / Math.max(THREAD_BYTES, least))));
}

const PAGE = 4096;
const WASM_PAGE = 65_536;
/** What the kernel modules ask for: scripts/build-kernels.mjs. */
const LEAST_PAGES = 64;

/** What a pass reads at a time when memory does not say less: it should stay in the second-level cache. */
export const PASS_BYTES = 2 ** 20;

export interface SlabRange {
  start: number;
  end: number;
}

/** @param bytes of one slab, a multiple of the page */
export function slabRange(index: number, bytes: number): SlabRange {
  const start = FIRST_SLAB + index * bytes;
  return { start, end: start + bytes };
}

/** Bytes of each of `workers` slabs that together stay within `memory`; whole pages. */
export function slabBytes(memory: number, workers: number): number {
  return Math.floor(memory / workers / WASM_PAGE) * WASM_PAGE;
}

export function makeMemory(workers: number, bytesOfSlab: number): WebAssembly.Memory {
  const pages = Math.max(LEAST_PAGES, Math.ceil((FIRST_SLAB + workers * bytesOfSlab) / WASM_PAGE));
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (cause) {
    throw new LogitmillError(
      'OUT_OF_MEMORY',
      'the system does not give WebAssembly its 10 GB of address space, of which --memory bounds what is used',
      { hint: 'ulimit -v unlimited; a limit on memory that is used (cgroups, --memory) is kept', cause },
    );
  }
}

/** Hands out areas of a slab from its start on. */
export class SlabAreas {
  readonly end: number;
  private next: number;

  constructor(range: SlabRange) {
    this.next = range.start;
    this.end = range.end;
  }

  /** An area whose address is a multiple of 64, or, given a file position, congruent to it modulo the page: reading elsewhere is slower by half. */
  take(bytes: number, position?: number): number {
    const aligned = Math.ceil(this.next / 64) * 64;
    const address =
      position === undefined
        ? aligned
        : Math.ceil((aligned - (position % PAGE)) / PAGE) * PAGE + (position % PAGE);
    this.next = address + bytes;
    return address;
  }

  /** The rest, to be divided without taking from this one. */
  fork(): SlabAreas {
    return new SlabAreas({ start: this.next, end: this.end });
  }

  get free(): number {
    return this.end - this.next;
  }
}

/** See `set_work` of SoftmaxKernels; empty for dtypes that need none. */
export interface Work {
  address: number;
  bytes: number;
}
