import { compileKernels } from '../kernels/compile.ts';
import type { ColumnStateKernels } from '../kernels/dim0.ts';
import type { KernelBuild } from '../kernels/names.ts';
import { FIRST_SLAB, makeMemory } from '../memory/slabs.ts';
import { COLUMN_ARRAYS, columnArrayBytes } from './arrays.ts';

/** The kernels' modules ask for so much at least. */
const LEAST_BYTES = 2 * 2 ** 20;

/** The states and sums of columns, merged block by block in the coordinator. */
export class ColumnStates {
  readonly width: number;
  private readonly kernels: ColumnStateKernels;
  private readonly buffer: ArrayBufferLike;
  private readonly bytes: Record<keyof typeof COLUMN_ARRAYS, number>;
  private readonly state = FIRST_SLAB;
  /** One block's state; after the first pass, the parameters. */
  private readonly incoming: number;
  private readonly sums: number;
  private readonly incomingSums: number;

  constructor(width: number, temperature: number, build: KernelBuild) {
    const array = columnArrayBytes(width);
    const bytesOf = (arrays: keyof typeof COLUMN_ARRAYS): number => COLUMN_ARRAYS[arrays] * array;
    this.width = width;
    this.bytes = { states: bytesOf('states'), parameters: bytesOf('parameters'), sums: bytesOf('sums') };
    this.incoming = this.state + this.bytes.states;
    this.sums = this.incoming + this.bytes.parameters;
    this.incomingSums = this.sums + this.bytes.sums;
    const end = this.incomingSums + this.bytes.sums;
    const memory = makeMemory(1, Math.max(LEAST_BYTES, end - FIRST_SLAB));
    const module = compileKernels(['float64'], build).float64 as WebAssembly.Module;
    const abort = (): never => {
      throw new Error('a kernel aborted');
    };
    const { exports } = new WebAssembly.Instance(module, { env: { memory, abort } });
    this.kernels = exports as unknown as ColumnStateKernels;
    this.buffer = memory.buffer;
    this.kernels.set_temperature(temperature);
    this.kernels.columns_begin(this.state, width);
  }

  /** The state, or the sums, of a block without rows. */
  empty(arrays: 'states' | 'sums'): Uint8Array {
    const empty = new Uint8Array(this.bytes[arrays]);
    if (arrays === 'states') {
      this.kernels.columns_begin(this.incoming, this.width);
      empty.set(this.view(this.incoming, empty.length));
    }
    return empty;
  }

  /** Adds the states of blocks, one behind the other. */
  addStates(blocks: Uint8Array): void {
    for (const block of this.each(blocks, this.bytes.states)) {
      this.put(block, this.incoming);
      this.kernels.columns_merge(this.state, this.incoming, this.width);
    }
  }

  addSums(blocks: Uint8Array): void {
    for (const block of this.each(blocks, this.bytes.sums)) {
      this.put(block, this.incomingSums);
      this.kernels.column_sums_merge(this.sums, this.incomingSums, this.width);
    }
  }

  /** What the second pass needs, in memory that workers share. */
  finish(): SharedArrayBuffer {
    this.kernels.columns_finish(this.state, this.width, this.incoming);
    const shared = new SharedArrayBuffer(this.bytes.parameters);
    new Uint8Array(shared).set(this.view(this.incoming, this.bytes.parameters));
    return shared;
  }

  /** The sum of each column's stored results. */
  columnSums(): Float64Array {
    const [high, low] = [0, 1].map(
      (array) => new Float64Array(this.buffer, this.sums + array * columnArrayBytes(this.width), this.width),
    );
    return Float64Array.from(high, (sum, column) => (Number.isFinite(sum) ? sum + low[column] : sum));
  }

  /** A copy of all, and of `open` behind it, to go on from. */
  save(open: Uint8Array): Uint8Array {
    const saved = new Uint8Array(this.bytes.states + this.bytes.sums + open.length);
    saved.set(open, this.bytes.states + this.bytes.sums);
    saved.set(this.view(this.state, this.bytes.states));
    saved.set(this.view(this.sums, this.bytes.sums), this.bytes.states);
    return saved;
  }

  /** Returns what was `open`. */
  restore(saved: Uint8Array): Uint8Array {
    const { states, sums } = this.bytes;
    this.put(saved.subarray(0, states), this.state);
    this.put(saved.subarray(states, states + sums), this.sums);
    return saved.slice(states + sums);
  }

  private *each(blocks: Uint8Array, bytes: number): Generator<Uint8Array> {
    for (let at = 0; at < blocks.length; at += bytes) yield blocks.subarray(at, at + bytes);
  }

  private view(address: number, bytes: number): Uint8Array {
    return new Uint8Array(this.buffer, address, bytes);
  }

  private put(bytes: Uint8Array, address: number): void {
    this.view(address, bytes.length).set(bytes);
  }
}

export const bytesOf = ({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Columns without any element, once more rows were looked at; `before` is null before the first ones. */
export function stillUnseen(before: readonly number[] | null, unseen: number[]): number[] {
  if (!before) return unseen;
  const known = new Set(before);
  return unseen.filter((column) => known.has(column));
}
