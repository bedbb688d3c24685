import { decodeFooter } from '../../arrow/decode.ts';
import {
  FILE_END_LENGTH,
  FILE_START_LENGTH,
  MAX_METADATA_LENGTH,
  startsWithMagic,
} from '../../arrow/framing.ts';
import type { BlockTable } from '../../arrow/types.ts';
import { LogitmillError } from '../../errors.ts';
import type { ByteReader } from '../../io/byte-reader.ts';
import { atOnce, type Steps } from '../../io/steps.ts';
import { isNamedCsv, isText } from '../csv/is-text.ts';
import type { InputFormat } from '../format.ts';
import { blockAt } from './batches.ts';
import { dictionaryCheck, readDictionaries } from './dictionaries.ts';
import { MetadataReader, namingSteps } from './metadata-reader.ts';
import { COPY_AGAIN } from './stream-state.ts';
import { describeTable, type Table } from './table.ts';

export const ARROW_FILE: InputFormat = {
  name: 'arrow',
  extensions: ['arrow', 'feather', 'ipc'],
  recognises: (head, path) => startsWithMagic(head) && !(isText(head) && isNamedCsv(path)),
  describe: describeArrowFile,
};

/**
 * Reads and checks all metadata of an Arrow file, and no bodies.
 * @throws {LogitmillError} INPUT_CORRUPT, INPUT_UNSUPPORTED, INPUT_CHANGED, INPUT_UNREADABLE
 */
export function openArrowFile(file: ByteReader): Table {
  return atOnce(describeArrowFile(file));
}

function describeArrowFile(file: ByteReader): Steps<Table> {
  return namingSteps(file.path, function* () {
    const reader = new MetadataReader(file);
    const { footerOffset, footerLength } = findFooter(reader);
    const footer = decodeFooter(reader.read(footerOffset, footerLength));
    yield;
    checkBlocks(footer.dictionaries, 'dictionary batch', footerOffset);
    checkBlocks(footer.batches, 'record batch', footerOffset);
    checkOverlaps([footer.dictionaries, footer.batches]);
    const check = dictionaryCheck(footer.schema);
    const dictionaries = yield* readDictionaries(reader, footer.dictionaries, check);
    return yield* describeTable(reader, { format: 'arrow', ...footer, dictionaries });
  });
}

function findFooter(reader: MetadataReader): { footerOffset: number; footerLength: number } {
  const { size } = reader;
  const corrupt = (why: string, hint?: string) => new LogitmillError('INPUT_CORRUPT', why, { hint });
  if (size < FILE_START_LENGTH || !startsWithMagic(reader.read(0, FILE_START_LENGTH)))
    throw corrupt('is not an Arrow file: it does not begin with ARROW1');
  if (size < FILE_START_LENGTH + FILE_END_LENGTH) throw corrupt('ends before its footer', COPY_AGAIN);
  const end = reader.read(size - FILE_END_LENGTH, FILE_END_LENGTH);
  if (!startsWithMagic(end.subarray(4))) throw corrupt('is cut off: it does not end with ARROW1', COPY_AGAIN);
  const footerLength = new DataView(end.buffer, end.byteOffset).getInt32(0, true);
  const footerOffset = size - FILE_END_LENGTH - footerLength;
  if (footerLength <= 0 || footerOffset < FILE_START_LENGTH)
    throw corrupt(`says that its footer has ${footerLength} bytes; the file has ${size}`);
  if (footerLength > MAX_METADATA_LENGTH)
    throw new LogitmillError(
      'INPUT_UNSUPPORTED',
      `has a footer of ${footerLength} bytes; logitmill reads up to ${MAX_METADATA_LENGTH}`,
    );
  return { footerOffset, footerLength };
}

function checkBlocks(blocks: BlockTable, name: string, footerOffset: number): void {
  for (let i = 0; i < blocks.count; i++) {
    const { offset, metadataLength, bodyLength } = blockAt(blocks, i);
    const isAligned = offset % 8 === 0 && metadataLength % 8 === 0 && bodyLength % 8 === 0;
    if (!isAligned || offset < FILE_START_LENGTH || metadataLength < 8)
      throw new LogitmillError(
        'INPUT_CORRUPT',
        `${name} ${i}: cannot lie at byte ${offset} with ${metadataLength} bytes of metadata and ${bodyLength} of body`,
      );
    if (!(offset + metadataLength + bodyLength <= footerOffset))
      throw new LogitmillError(
        'INPUT_CORRUPT',
        `${name} ${i}: ends at byte ${offset + metadataLength + bodyLength}, after the footer's start at ${footerOffset}`,
      );
  }
}

/**
 * A footer that names the same bytes many times could make a small file as large as it likes. Starts and ends are
 * sorted each for themselves: where two blocks share a byte, there is an end after the start that follows it.
 */
function checkOverlaps(tables: readonly BlockTable[]): void {
  const total = tables.reduce((sum, { count }) => sum + count, 0);
  const starts = new Float64Array(total);
  const ends = new Float64Array(total);
  let k = 0;
  for (const { count, offsets, metadataLengths, bodyLengths } of tables)
    for (let i = 0; i < count; i++, k++) {
      starts[k] = offsets[i]!;
      ends[k] = offsets[i]! + metadataLengths[i]! + bodyLengths[i]!;
    }
  starts.sort();
  ends.sort();
  for (let i = 1; i < total; i++)
    if (ends[i - 1]! > starts[i]!)
      throw new LogitmillError('INPUT_CORRUPT', `two batches overlap at byte ${starts[i]}`);
}
