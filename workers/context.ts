import { Lz4Frames } from '../src/codecs/lz4.ts';
import { compileKernels } from '../src/kernels/compile.ts';
import type { ConvertKernels } from '../src/kernels/convert.ts';
import type { CsvKernels } from '../src/kernels/csv.ts';
import type { DerivedKernels } from '../src/kernels/derived.ts';
import type { ColumnKernels, ColumnStateKernels } from '../src/kernels/dim0.ts';
import type { KernelModuleName } from '../src/kernels/names.ts';
import type { SoftmaxKernels } from '../src/kernels/softmax.ts';
import type { ArrowSetup } from '../src/layout/small-batches.ts';
import type { Work } from '../src/memory/slabs.ts';
import { type SlabRange, slabRange } from '../src/memory/slabs.ts';
import type { Dtype } from '../src/options/types.ts';
import { Ring } from '../src/sync/text-ring.ts';
import type { WorkerSetup } from '../src/tasks/assignment.ts';
import type { SharedCsvSetup } from '../src/tasks/csv.ts';
import { readCsvSetup } from '../src/tasks/csv.ts';
import { readSetup, type SharedSetup } from '../src/tasks/setup.ts';
import { ArrowReader } from './batches/arrow-reader.ts';
import { Lz4Encoder } from './codecs/deflate-lz4.ts';
import { CsvReader } from './csv/reader.ts';
import { openScratchFile } from './io/store.ts';

/** One worker's slab and its instances of the kernels. */
export class WorkerContext {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Its start stays where it is: kernels know it. */
  slab: SlabRange;
  private readonly worker: number;
  private readonly setup: WorkerSetup;
  private arrow: { id: number; reader: ArrowReader } | undefined;
  private csv: { id: number; reader: CsvReader } | undefined;
  private lz4Frames: Lz4Frames | undefined;
  private encoder: Lz4Encoder | undefined;
  private readonly scratch = new Map<string, number>();
  private readonly instances = new Map<KernelModuleName, unknown>();

  /** Bytes of `--memory` that belong to no slab. */
  get setApart(): number {
    return this.setup.setApart;
  }

  get isTraced(): boolean {
    return this.setup.isTraced;
  }

  constructor(setup: WorkerSetup) {
    this.setup = setup;
    this.bytes = new Uint8Array(setup.memory.buffer);
    this.view = new DataView(setup.memory.buffer);
    this.worker = Atomics.add(new Int32Array(setup.slabsTaken), 0, 1);
    this.slab = slabRange(this.worker, setup.slabBytes);
  }

  get lz4(): Lz4Frames {
    this.lz4Frames ??= new Lz4Frames(this.module('lz4'));
    return this.lz4Frames;
  }

  get lz4Encoder(): Lz4Encoder {
    this.encoder ??= new Lz4Encoder(this.module('lz4'));
    return this.encoder;
  }

  /** This worker's own file for what its slab cannot hold; `folder` is the job's. */
  scratchFile(folder: string, use: 'input' | 'output' | 'packed'): number {
    const key = `${use} ${folder}`;
    const known = this.scratch.get(key);
    if (known !== undefined) return known;
    const fd = openScratchFile(folder);
    this.scratch.set(key, fd);
    return fd;
  }

  /** @param work where float16's kernels compute, before they are called */
  softmax(dtype: Dtype, work?: Work): SoftmaxKernels {
    const kernels = this.exports<SoftmaxKernels>(dtype);
    if (work) kernels.set_work?.(work.address, work.bytes);
    return kernels;
  }

  columns(dtype: Dtype): ColumnKernels {
    return this.exports<ColumnKernels>(dtype);
  }

  /** Of every dtype. */
  get columnStates(): ColumnStateKernels {
    return this.exports<ColumnStateKernels>('float64');
  }

  get convert(): ConvertKernels {
    return this.exports<ConvertKernels>('convert');
  }

  get csvKernels(): CsvKernels {
    return this.exports<CsvKernels>('csv');
  }

  /** Of every dtype. */
  get derived(): DerivedKernels {
    return this.exports<DerivedKernels>('derived');
  }

  /** What is kept from one chunk of a CSV file to the next. */
  csvReader(shared: SharedCsvSetup): CsvReader {
    if (this.csv?.id !== shared.id) {
      const reader = new CsvReader(
        readCsvSetup(shared),
        shared.ring && new Ring(shared.ring),
        this.csvKernels,
        this.setup.memory,
        this.slab,
        this.setup.setApart,
      );
      this.csv = { id: shared.id, reader };
    }
    return this.csv.reader;
  }

  /** What is kept from one task of small batches to the next. */
  arrowReader(shared: SharedSetup): ArrowReader {
    if (this.arrow?.id !== shared.id)
      this.arrow = { id: shared.id, reader: new ArrowReader(readSetup(shared) as ArrowSetup) };
    return this.arrow.reader;
  }

  /** Keeps the last `bytes` of the slab from everybody else while `use` runs with them. */
  reserving<T>(bytes: number, use: (address: number) => T): T {
    const { slab } = this;
    const address = Math.floor((slab.end - bytes) / 64) * 64;
    this.slab = { start: slab.start, end: address };
    try {
      return use(address);
    } finally {
      this.slab = slab;
    }
  }

  /** The exports of a module, instantiated at first use over the shared memory. */
  private exports<T>(name: KernelModuleName): T {
    const known = this.instances.get(name);
    if (known) return known as T;
    const module = this.module(name);
    const env = {
      memory: this.setup.memory,
      abort: (): never => {
        throw new Error(`the kernel module ${name} aborted`);
      },
    };
    const { exports } = new WebAssembly.Instance(module, { env });
    this.instances.set(name, exports);
    const { set_scratch } = exports as { set_scratch?: (address: number) => void };
    set_scratch?.(this.slab.start);
    return exports as T;
  }

  private module(name: KernelModuleName): WebAssembly.Module {
    const { modules, build } = this.setup;
    return modules[name] ?? (compileKernels([name], build)[name] as WebAssembly.Module);
  }
}
