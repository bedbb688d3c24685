/**
 * The one definition of how the shared memory is divided, used by the coordinator and by the workers.
 * Addresses are bytes from its start.
 */

/** Below it lie the constants of the kernel modules (scripts/build-kernels.mjs). */
export const FIRST_SLAB = 2 * 2 ** 20;

/** Scratch that the kernels may use, at the start of each slab. */
export const SCRATCH_BYTES = 64 * 2 ** 10;

const PAGE = 4096;
const WASM_PAGE = 65_536;

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
  const pages = Math.ceil((FIRST_SLAB + workers * bytesOfSlab) / WASM_PAGE);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
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
