import { copiesOf, pieceOf, positionsOf, rowBytesOf, share } from '../layout/pieces.ts';
import type { BatchContext } from '../layout/table-batch.ts';
import { makeTurnstile } from '../sync/turnstile.ts';
import type { OverRows } from '../tasks/spec.ts';
import type { BlockChain } from '../tasks/task.ts';
import { type BatchSource, MOST_PARTS, type TaskParts, taskBytesOf } from './cut-tasks.ts';

/**
 * Cuts batches into tasks for dim 0: those with rows hold whole blocks of rows of the file, whatever batches they come
 * from; what passes through has tasks of its own. As for `tasksOf`, the cuts depend on the input alone.
 * @param totalBytes of input that will be read
 */
export function* blockTasksOf(
  context: BatchContext,
  source: BatchSource,
  totalBytes: number,
  { blockRows }: OverRows,
): Generator<TaskParts> {
  const taskBytes = taskBytesOf(totalBytes);
  const rowBytes = rowBytesOf(context);
  const blockEnd = (row: number): number => Math.ceil(row / blockRows) * blockRows;
  let copies: TaskParts = { pieces: [], copies: [], headers: [], stored: [] };
  let copied = 0;
  let open: TaskParts = { pieces: [], copies: [], headers: [], stored: [] };
  let size = 0;
  for (let index = 0; index < source.count; index++) {
    const placed = source.place(index);
    copies.headers.push(placed);
    for (const copy of copiesOf(placed, taskBytes)) {
      copies.copies.push(copy);
      copied += copy.length;
      if (copied < taskBytes && copies.copies.length < MOST_PARTS) continue;
      yield copies;
      copies = { pieces: [], copies: [], headers: [], stored: [] };
      copied = 0;
    }
    const positions = positionsOf(context, placed, share);
    for (let row = 0; row < placed.layout.rows; ) {
      const first = placed.firstRow + row;
      const wanted = open.pieces.length < MOST_PARTS ? Math.ceil((taskBytes - size) / rowBytes) : 1;
      const end = blockEnd(first + Math.max(1, wanted));
      const rows = Math.min(placed.layout.rows - row, end - first);
      open.pieces.push(pieceOf(context, placed, positions, row, rows));
      size += rows * rowBytes;
      row += rows;
      if (first + rows < end) continue;
      yield open;
      open = { pieces: [], copies: [], headers: [], stored: [] };
      size = 0;
    }
  }
  if (open.pieces.length > 0) yield open;
  if (copies.copies.length > 0 || copies.headers.length > 0) yield copies;
}

/**
 * Numbers the tasks that hand blocks on to each other, where they hold whole batches.
 * @param open what they hand on; null: none does
 */
export function chainOf(open: SharedArrayBuffer | null): () => BlockChain | null {
  if (!open) return () => null;
  const turnstile = makeTurnstile();
  let turn = 0;
  return () => ({ open, turnstile, turn: turn++ });
}
