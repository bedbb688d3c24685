import fs from 'node:fs';
import v8 from 'node:v8';
import type { KernelBuild, KernelModuleName } from '../../src/kernels/names.ts';
import type { SoftmaxKernels } from '../../src/kernels/softmax.ts';
import { FIRST_SLAB, SCRATCH_BYTES } from '../../src/memory/slabs.ts';

if (process.versions.node.startsWith('20.')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');

export const BUILDS: readonly KernelBuild[] = ['relaxed', 'baseline'];

/** Where the float16 kernels compute: enough for rows of 262,144 classes, and columns of 65,000. */
const WORK_BYTES = 2 ** 21;

/** One shared memory, as in the product, with a bump allocator over everything from the first slab on. */
export class KernelMemory {
  readonly memory: WebAssembly.Memory;
  readonly view: DataView;
  #top = FIRST_SLAB + SCRATCH_BYTES + WORK_BYTES;
  readonly #scratch = FIRST_SLAB;

  constructor(mebibytes = 64) {
    this.memory = new WebAssembly.Memory({ initial: mebibytes * 16, maximum: 65536, shared: true });
    this.view = new DataView(this.memory.buffer);
  }

  load<T>(name: KernelModuleName, build: KernelBuild): T {
    const module = new WebAssembly.Module(fs.readFileSync(`dist/kernels/${name}.${build}.wasm`));
    const instance = new WebAssembly.Instance(module, { env: { memory: this.memory, abort } });
    const { set_scratch, set_work } = instance.exports as Pick<SoftmaxKernels, 'set_scratch' | 'set_work'>;
    set_scratch?.(this.#scratch);
    set_work?.(this.#scratch + SCRATCH_BYTES, WORK_BYTES);
    return instance.exports as T;
  }

  /** The address of `bytes` fresh bytes, 64-byte aligned. */
  take(bytes: number): number {
    const address = this.#top;
    this.#top += (bytes + 63) & ~63;
    if (this.#top > this.memory.buffer.byteLength) throw new Error('the test memory is too small');
    return address;
  }

  release(): void {
    this.#top = FIRST_SLAB + SCRATCH_BYTES + WORK_BYTES;
  }

  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }
  doubles(address: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, address, length);
  }
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }
  halves(address: number, length: number): Uint16Array {
    return new Uint16Array(this.memory.buffer, address, length);
  }
  words(address: number, length: number): BigUint64Array {
    return new BigUint64Array(this.memory.buffer, address, length);
  }
}

function abort(): never {
  throw new Error('a kernel aborted');
}

/** A small generator of reproducible numbers in [0, 1) (xorshift, 53 bits). */
export function random(seed: number): () => number {
  let state = (BigInt(seed) * 0x9e3779b97f4a7c15n + 0x853c49e6748fea9bn) & 0xffffffffffffffffn;
  return () => {
    state ^= (state << 13n) & 0xffffffffffffffffn;
    state ^= state >> 7n;
    state ^= (state << 17n) & 0xffffffffffffffffn;
    return Number(state >> 11n) * 2 ** -53;
  };
}
