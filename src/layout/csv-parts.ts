import type { CsvPlan } from '../input/csv/reading.ts';
import { DTYPE_BYTES } from '../ops/dtypes.ts';
import type { Dtype } from '../options/types.ts';
import type { OutputColumn, SliceColumn } from '../results/result.ts';

/** What one buffer of a batch holds. */
export const PART_KINDS = ['validity', 'bits', 'values', 'offsets', 'text', 'none'] as const;
export type PartKind = (typeof PART_KINDS)[number];

/** The column that a buffer is of: one that passes through, logits that are kept, a result of each class, a result of the row. */
export const PART_ROLES = ['passed', 'kept', 'probs', 'log_probs', 'slice'] as const;
export type PartRole = (typeof PART_ROLES)[number];

const KIND = 0;
const ROLE = 1;
const BYTES_PER_ROW = 2;
const NODE = 3;
const INDEX = 4;
const WORDS = 5;

/**
 * The buffers of every batch that a text becomes, in the order of the header. There may be 250,000 of them: numbers in
 * memory that all workers share.
 */
export class CsvParts {
  readonly count: number;
  readonly nodes: number;
  private readonly words: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.words = new Int32Array(buffer);
    this.count = this.words.length / WORDS;
    this.nodes = this.count === 0 ? 0 : this.node(this.count - 1) + 1;
  }

  kind(part: number): PartKind {
    return PART_KINDS[this.words[part * WORDS + KIND]];
  }

  role(part: number): PartRole {
    return PART_ROLES[this.words[part * WORDS + ROLE]];
  }

  /** Of `values`; of `none` the elements in a row. */
  bytesPerRow(part: number): number {
    return this.words[part * WORDS + BYTES_PER_ROW];
  }

  /** Index of its node. */
  node(part: number): number {
    return this.words[part * WORDS + NODE];
  }

  /** Of a column that passes through or of a row's result, its index among those; else the class, -1 for all together. */
  index(part: number): number {
    return this.words[part * WORDS + INDEX];
  }

  /** The parts that `isWanted`, ascending. */
  filter(isWanted: (part: number) => boolean): number[] {
    const found: number[] = [];
    for (let part = 0; part < this.count; part++) if (isWanted(part)) found.push(part);
    return found;
  }
}

/** What CsvParts reads. */
export function makeParts(
  columns: readonly OutputColumn[],
  plan: Pick<CsvPlan, 'passed' | 'classes'>,
  logits: readonly number[],
  dtype: Dtype,
  sliceColumns: readonly SliceColumn[],
): SharedArrayBuffer {
  const passedOf = new Map(plan.passed.map(({ column }, index) => [column, index]));
  const classOf = new Map(logits.map((column, index) => [column, index]));
  const size = DTYPE_BYTES[dtype];
  // No column has more than three buffers.
  const words = new Int32Array(columns.length * 3 * WORDS);
  let end = 0;
  let node = 0;
  for (const column of columns) {
    const passed = column.kind === 'copy' ? passedOf.get(column.input) : undefined;
    const role: PartRole =
      column.kind === 'slice'
        ? 'slice'
        : column.kind === 'result'
          ? column.result
          : passed === undefined
            ? 'kept'
            : 'passed';
    const index =
      column.kind === 'copy'
        ? (passed ?? classOf.get(column.input) ?? -1)
        : column.kind === 'result'
          ? column.classIndex
          : column.slice;
    const add = (kind: PartKind, bytesPerRow = 0): void => {
      words.set([PART_KINDS.indexOf(kind), PART_ROLES.indexOf(role), bytesPerRow, node, index], end);
      end += WORDS;
    };
    add('validity');
    const type = passed === undefined ? null : plan.passed[passed].type;
    if (column.kind === 'result' && column.classIndex < 0) {
      node++;
      add('none', plan.classes);
      add('values', size * plan.classes);
    } else if (type === 'boolean') add('bits');
    else if (type === 'utf8') {
      add('offsets');
      add('text');
    } else if (column.kind === 'slice') {
      const { bytes, length } = sliceColumns[column.slice];
      if (length !== null) {
        node++;
        add('none', length);
      }
      add('values', bytes);
    } else add('values', type === null ? size : 8);
    node++;
  }
  const buffer = new SharedArrayBuffer(end * 4);
  new Int32Array(buffer).set(words.subarray(0, end));
  return buffer;
}
