import type { ColumnLayout } from '../arrow/types.ts';
import { LogitmillError } from '../errors.ts';
import type { PlacedHeader } from '../input/arrow/batches.ts';
import type { Logits } from './logits.ts';

/**
 * From a list to columns, or back, nulls of single elements would have to be gathered from everywhere.
 * @throws LogitmillError UNSUPPORTED_OPTION when a batch has some
 */
export function refuseElementNulls(
  { logits, layouts }: { logits: Logits; layouts: readonly ColumnLayout[] },
  batch: PlacedHeader,
): void {
  const hasNulls = logits.columns.some((column) => {
    const { firstNode, nodeCount } = layouts[column];
    const from = logits.form === 'wide' ? firstNode : firstNode + 1;
    for (let node = from; node < firstNode + nodeCount; node++)
      if (batch.nodes[node * 2 + 1] !== 0) return true;
    return false;
  });
  if (!hasNulls) return;
  throw new LogitmillError(
    'UNSUPPORTED_OPTION',
    '--layout cannot change where single logits are null and --dim is 0',
    { hint: '--layout mirror, or --mask-nulls' },
  );
}
