import type { KernelBuild } from '../kernels/names.ts';
import type { TransformResult } from '../tasks/results.ts';
import { bytesOf, ColumnStates, stillUnseen } from './column-states.ts';
import { type ColumnSums, checkColumns } from './column-sums.ts';
import { InOrder } from './in-order.ts';

/** The sums of stored columns, merged in the order of the file. */
export class ColumnCheck {
  private readonly states: ColumnStates;
  private readonly results = new InOrder<TransformResult>();
  private open: Uint8Array = new Uint8Array(0);
  private unseen: number[] | null = null;
  private readonly outside = new Set<number>();

  constructor(width: number, build: KernelBuild) {
    this.states = new ColumnStates(width, 1, build);
  }

  take(result: TransformResult): void {
    this.results.take(result, ({ columns }) => {
      if (!columns) return;
      this.states.addSums(bytesOf(columns.blocks));
      if (columns.open) this.open = bytesOf(columns.open);
      this.unseen = stillUnseen(this.unseen, columns.unseen);
      for (const column of columns.outside ?? []) this.outside.add(column);
    });
  }

  finish(options: {
    rows: number;
    tolerance: number;
    nameOf: (column: number) => string | null;
  }): ColumnSums {
    this.states.addSums(this.open);
    return checkColumns(this.states.columnSums(), null, new Set(this.unseen), {
      ...options,
      outside: this.outside,
    });
  }
}
