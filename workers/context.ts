import type { KernelModuleName, SoftmaxKernels, SumKernels } from '../src/kernels.ts';
import { type SlabRange, slabRange } from '../src/memory.ts';
import type { Dtype } from '../src/options/types.ts';

/** What a worker is given once, when it starts. */
export interface WorkerSetup {
  memory: WebAssembly.Memory;
  slabBytes: number;
  modules: Partial<Record<KernelModuleName, WebAssembly.Module>>;
  /** Counts the slabs that are taken: each worker takes the next one. */
  slabsTaken: SharedArrayBuffer;
}

/** One worker's slab and its instances of the kernels. */
export class WorkerContext {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly slab: SlabRange;
  private readonly setup: WorkerSetup;
  private readonly instances = new Map<KernelModuleName, unknown>();

  constructor(setup: WorkerSetup) {
    this.setup = setup;
    this.bytes = new Uint8Array(setup.memory.buffer);
    this.view = new DataView(setup.memory.buffer);
    const index = Atomics.add(new Int32Array(setup.slabsTaken), 0, 1);
    this.slab = slabRange(index, setup.slabBytes);
  }

  softmax(dtype: Dtype): SoftmaxKernels {
    return this.exports<SoftmaxKernels>(dtype);
  }

  get sums(): SumKernels {
    return this.exports<SumKernels>('convert');
  }

  /** The exports of a module, instantiated at first use over the shared memory. */
  private exports<T>(name: KernelModuleName): T {
    const known = this.instances.get(name);
    if (known) return known as T;
    const module = this.setup.modules[name];
    if (!module) throw new Error(`the kernel module ${name} was not compiled for this job`);
    const env = {
      memory: this.setup.memory,
      abort: (): never => {
        throw new Error(`the kernel module ${name} aborted`);
      },
    };
    const { exports } = new WebAssembly.Instance(module, { env });
    this.instances.set(name, exports);
    return exports as T;
  }
}
