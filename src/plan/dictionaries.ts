/** Dictionaries that go along with columns that pass through. */
import { encodeDictionaryMessage } from '../arrow/encode-batch.ts';
import { dictionaryIds } from '../arrow/layout.ts';
import { LogitmillError } from '../errors.ts';
import type { Table } from '../input/arrow/table.ts';
import { aligned } from '../layout/batch-layout.ts';
import type { OutputFormat } from '../layout/formats.ts';
import type { PlannedDictionary } from '../layout/output-plan.ts';
import type { PlacedLayout } from '../layout/pieces.ts';
import type { OutputColumn } from '../results/result.ts';
import type { EmittedBatch } from '../tasks/emission.ts';

export function emittedBatch(
  { index, layout, bodyStart }: PlacedLayout,
  between: ReadonlyMap<number, readonly CarriedDictionary[]>,
): EmittedBatch {
  const { copies: _copies, values: _values, sliceColumns: _slices, ...emitted } = layout;
  return {
    batch: index,
    bodyStart,
    layout: emitted,
    dictionaries: (between.get(index) ?? []).map(({ message, from, length, bodyLength: padded }) => ({
      ...{ message: message(), from, length },
      padding: padded - length,
    })),
  };
}

/** Dictionaries of a stream by the batch that they stand before, but for those at its start. */
export function betweenBatches(carried: readonly CarriedDictionary[]): Map<number, CarriedDictionary[]> {
  const between = new Map<number, CarriedDictionary[]>();
  for (const dictionary of carried) {
    const { batchesBefore } = dictionary;
    if (batchesBefore > 0) between.set(batchesBefore, [...(between.get(batchesBefore) ?? []), dictionary]);
  }
  return between;
}

/** A dictionary that goes along with a column that passes through. */
export interface CarriedDictionary extends Omit<PlannedDictionary, 'to'> {
  metadataLength: number;
  /** With its padding. */
  bodyLength: number;
  /** In a stream, the first batch that it counts for; in a file all come first. */
  batchesBefore: number;
}

export function carriedDictionaries(
  input: Table,
  columns: readonly OutputColumn[],
  { dictionariesBetween }: OutputFormat,
): CarriedDictionary[] {
  const wanted = new Map(
    columns.flatMap(({ kind, field }) =>
      kind === 'copy' ? dictionaryIds(field).map((id) => [id, field.name] as const) : [],
    ),
  );
  const replaced = input.dictionaries.find(({ id, isReplacement }) => isReplacement && wanted.has(id));
  if (replaced && !dictionariesBetween) {
    const message = `column ${wanted.get(replaced.id)}: its dictionary is replaced half-way, which a file cannot hold`;
    throw new LogitmillError('UNSUPPORTED_COLUMN', message, {
      file: input.path,
      hint: '--format stream, or --keep without that column',
    });
  }
  return input.dictionaries.flatMap((block, index): CarriedDictionary[] => {
    const { id, isDelta, version, bodyLength: length, batchesBefore } = block;
    // What stands after the last batch counts for none.
    if (!wanted.has(id) || (batchesBefore > 0 && batchesBefore >= input.batches.count)) return [];
    const bodyLength = aligned(length);
    const message = (): Uint8Array =>
      encodeDictionaryMessage({ id, isDelta }, input.dictionaryHeader(index), bodyLength, { version });
    const metadataLength = message().length;
    const from = block.offset + block.metadataLength;
    const before = dictionariesBetween ? batchesBefore : 0;
    return [{ message, from, length, metadataLength, bodyLength, batchesBefore: before }];
  });
}
