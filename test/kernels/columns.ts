import type { ColumnKernels, ColumnStateKernels } from '../../src/kernels/dim0.ts';
import type { KernelBuild } from '../../src/kernels/names.ts';
import { OP_CODES } from '../../src/kernels/softmax.ts';
import { exactToHalf, halfToNumber } from './half.ts';
import type { KernelMemory } from './harness.ts';

export type ColumnDtype = 'float16' | 'float32' | 'float64';

const SIZES = { float16: 2, float32: 4, float64: 8 } as const;

/** Numbers of a dtype in memory. */
interface Numbers {
  get(index: number): number;
  set(index: number, value: number): void;
}

export interface Cut {
  inColumns: boolean;
  /** Rows of a block; its parts are folded one after the other, in calls of so many rows. */
  blockRows: number;
  callRows: number;
}

const WHOLE: Cut = {
  inColumns: false,
  blockRows: Number.POSITIVE_INFINITY,
  callRows: Number.POSITIVE_INFINITY,
};

/** Both passes over a matrix, for all three ops. */
export class ColumnRunner {
  private readonly memory: KernelMemory;
  private readonly dtype: ColumnDtype;
  private readonly kernels: ColumnKernels;
  private readonly states: ColumnStateKernels;

  constructor(memory: KernelMemory, dtype: ColumnDtype, build: KernelBuild) {
    this.memory = memory;
    this.dtype = dtype;
    this.kernels = memory.load<ColumnKernels>(dtype, build);
    this.states = memory.load<ColumnStateKernels>('float64', build);
  }

  run(logits: ArrayLike<number>, rows: number, columns: number, temperature = 1, cut: Partial<Cut> = {}) {
    const memory = this.memory;
    const states = this.states;
    const kernels = this.kernels;
    const { inColumns, blockRows, callRows } = { ...WHOLE, ...cut };
    memory.release();
    const size = SIZES[this.dtype];
    // Neither stride is a multiple of the vectors' length.
    const stride = (inColumns ? rows : columns) * size + size;
    const runs = inColumns ? columns : rows;
    const area = (): number => memory.take(runs * stride + 64);
    const count = (runs * stride) / size;
    const array = (address: number): Numbers => this.numbers(address, count);
    const index = (row: number, column: number): number =>
      inColumns ? column * (stride / size) + row : row * (stride / size) + column;
    const areas = { source: area(), softmax: area(), log_softmax: area(), both: area(), bothLogs: area() };
    const source = array(areas.source);
    for (const address of Object.values(areas)) {
      const numbers = array(address);
      for (let i = 0; i < count; i++) numbers.set(i, Number.NaN);
    }
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        source.set(index(row, column), logits[row * columns + column]!);
    const layout = inColumns ? 1 : 0;
    const at = (address: number, row: number): number => address + row * (inColumns ? size : stride);

    for (const module of [kernels, states]) module.set_temperature(temperature);
    const total = memory.take(states.column_state_bytes(columns));
    const state = memory.take(states.column_state_bytes(columns));
    states.columns_begin(total, columns);
    for (const [begin, end] of pieces(rows, blockRows)) {
      states.columns_begin(state, columns);
      for (const [first, last] of pieces(end - begin, callRows))
        kernels.fold_columns(layout, at(areas.source, begin + first), stride, last - first, columns, state);
      states.columns_merge(total, state, columns);
    }
    const parameters = memory.take(states.column_parameter_bytes(columns));
    states.columns_finish(total, columns, parameters);

    const padded = Math.ceil(columns / 4) * 4;
    const sums = memory.take(states.column_sum_bytes(columns));
    const blockSums = memory.take(states.column_sum_bytes(columns));
    let difference = 0;
    const apply = (op: keyof typeof OP_CODES, target: number, logTarget: number): number[] => {
      memory.bytes(sums, padded * 16).fill(0);
      for (const [begin, end] of pieces(rows, blockRows)) {
        memory.bytes(blockSums, padded * 16).fill(0);
        for (const [first, last] of pieces(end - begin, callRows)) {
          const [from, to, logTo] = [areas.source, target, logTarget].map((address) =>
            at(address, begin + first),
          );
          const found = kernels.apply_columns(
            ...([OP_CODES[op], layout, from!, stride, to!, stride, logTo!, stride] as const),
            ...([last - first, columns, parameters, blockSums] as const),
          );
          difference = Math.max(difference, found);
        }
        states.column_sums_merge(sums, blockSums, columns);
      }
      const pairs = memory.doubles(sums, padded * 2);
      return Array.from({ length: columns }, (_, column) => pairs[column]! + pairs[padded + column]!);
    };
    const addUp = (ofLogs: 0 | 1, stored: number): number[] => {
      memory.bytes(sums, padded * 16).fill(0);
      for (const [begin, end] of pieces(rows, blockRows)) {
        memory.bytes(blockSums, padded * 16).fill(0);
        kernels.add_columns(ofLogs, layout, at(stored, begin), stride, end - begin, columns, blockSums);
        states.column_sums_merge(sums, blockSums, columns);
      }
      const pairs = memory.doubles(sums, padded * 2);
      return Array.from({ length: columns }, (_, column) => pairs[column]! + pairs[padded + column]!);
    };

    const found = [
      apply('softmax', areas.softmax, 0),
      apply('log_softmax', areas.log_softmax, 0),
      apply('both', areas.both, areas.bothLogs),
      addUp(0, areas.softmax),
      addUp(1, areas.log_softmax),
    ];
    const rowMajor = (address: number): Float64Array => {
      const values = array(address);
      const result = new Float64Array(rows * columns);
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++)
          result[row * columns + column] = values.get(index(row, column));
      return result;
    };
    const outside = (address: number): number => {
      const values = array(address);
      let written = 0;
      for (let run = 0; run < runs; run++)
        if (!Number.isNaN(values.get(run * (stride / size) + stride / size - 1))) written++;
      return written;
    };
    const results = [areas.softmax, areas.log_softmax, areas.both, areas.bothLogs].map(rowMajor);
    const reasons = memory.words(parameters + 5 * padded * 8, columns);
    const bytesOf = (arrays: Float64Array[]): Uint8Array =>
      Buffer.concat(arrays.map((one) => new Uint8Array(one.buffer, one.byteOffset, one.byteLength)));
    return {
      probabilities: results[0]!,
      logarithms: results[1]!,
      bits: bytesOf(results),
      sums: found[0]!,
      logSums: found[1]!,
      addedUp: [found[3]!, found[4]!],
      sumBits: bytesOf(found.map((one) => Float64Array.from(one))),
      reasons: Array.from(reasons, Number),
      difference,
      outside: [areas.softmax, areas.log_softmax, areas.both, areas.bothLogs].reduce(
        (written, address) => written + outside(address),
        0,
      ),
    };
  }

  private numbers(address: number, count: number): Numbers {
    if (this.dtype === 'float16') {
      const halves = this.memory.halves(address, count);
      return {
        get: (index) => halfToNumber(halves[index]!),
        set: (index, value) => {
          halves[index] = exactToHalf(value);
        },
      };
    }
    const values =
      this.dtype === 'float32' ? this.memory.floats(address, count) : this.memory.doubles(address, count);
    return {
      get: (index) => values[index]!,
      set: (index, value) => {
        values[index] = value;
      },
    };
  }
}

function* pieces(length: number, most: number): Generator<[from: number, to: number]> {
  for (let from = 0; from < length; from += most) yield [from, Math.min(length, from + most)];
}
