import { COLUMN_ARRAYS, columnArrayBytes } from '../../src/dim0/arrays.ts';
import type { SlabAreas } from '../../src/memory/slabs.ts';
import type { CsvChain } from '../../src/sync/chunk-chain.ts';
import type { CsvOverRows } from '../../src/tasks/csv.ts';
import type { ColumnResult } from '../../src/tasks/results.ts';
import type { OverRows } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import { ChainBroken } from '../turns.ts';

/**
 * dim 0 over text: a chunk's rows are parts of blocks of rows of the file, so chunks fold them one after the other into
 * the block that is open. What is folded does not depend on where chunks begin.
 */
export class OpenBlock {
  readonly parameters: number;
  /** Where sums go that nobody wants. */
  readonly unwanted: number;
  private readonly address: number;
  private readonly bytes: number;
  private readonly closed: Uint8Array[] = [];
  private hasTurn = false;
  private readonly columns: CsvOverRows;
  private readonly overRows: OverRows;
  private readonly context: WorkerContext;

  constructor(columns: CsvOverRows, overRows: OverRows, areas: SlabAreas, context: WorkerContext) {
    const array = columnArrayBytes(overRows.width);
    this.columns = columns;
    this.overRows = overRows;
    this.context = context;
    this.bytes = array * (columns.pass === 'fold' ? COLUMN_ARRAYS.states : COLUMN_ARRAYS.sums);
    this.address = areas.take(this.bytes);
    this.unwanted = areas.take(array * COLUMN_ARRAYS.sums);
    this.parameters = areas.take(array * COLUMN_ARRAYS.parameters);
    if (columns.parameters) context.bytes.set(new Uint8Array(columns.parameters), this.parameters);
  }

  /**
   * Calls `visit` for the rows of each block among `rows` rows of the file from `firstRow` on, with the address of what
   * they are to be folded into. The first call waits for the chunk before.
   * @throws ChainBroken when that one failed
   */
  each(
    place: { chunk: number; firstRow: number; rows: number; chain: CsvChain },
    visit: (block: number, from: number, rows: number) => void,
  ): void {
    const { blockRows } = this.overRows;
    const { firstRow, rows } = place;
    this.takeTurn(place.chunk, place.chain);
    for (let row = 0; row < rows; ) {
      const left = blockRows - ((firstRow + row) % blockRows);
      const count = Math.min(rows - row, left);
      visit(this.address, row, count);
      if (count === left) this.close();
      row += count;
    }
  }

  /** Hands the open block on to the next chunk. */
  end(chunk: number, chain: CsvChain): Omit<ColumnResult, 'unseen'> {
    this.takeTurn(chunk, chain);
    const open = this.copy();
    new Uint8Array(this.columns.open).set(open);
    chain.setFold(chunk);
    const blocks = new Uint8Array(this.closed.length * this.bytes);
    for (const [index, block] of this.closed.entries()) blocks.set(block, index * this.bytes);
    return { blocks: new Float64Array(blocks.buffer), open: new Float64Array(open.buffer) };
  }

  private takeTurn(chunk: number, chain: CsvChain): void {
    if (this.hasTurn) return;
    if (chunk > 0 && !chain.waitForFold(chunk - 1)) throw new ChainBroken();
    this.context.bytes.set(new Uint8Array(this.columns.open), this.address);
    this.hasTurn = true;
  }

  private close(): void {
    this.closed.push(this.copy());
    const { context, address, bytes, overRows } = this;
    if (this.columns.pass === 'fold') context.columnStates.columns_begin(address, overRows.width);
    else context.bytes.fill(0, address, address + bytes);
  }

  private copy(): Uint8Array<ArrayBuffer> {
    const copy = new Uint8Array(this.bytes);
    copy.set(this.context.bytes.subarray(this.address, this.address + this.bytes));
    return copy;
  }
}
