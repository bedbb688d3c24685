import type { CsvTask } from '../../src/tasks/csv.ts';
import { OVERHANG } from '../../src/tasks/csv-size.ts';
import { stageClock } from '../stage-clock.ts';
import { rowTooLong, tooSmallForRows } from '../too-small.ts';
import { ChainBroken } from '../turns.ts';
import { endsInsideQuotes, restOfRow } from './long-row.ts';
import type { CsvParser } from './parser.ts';
import type { CsvReader } from './reader.ts';
import type { CsvRows, CsvText } from './scanner.ts';

const READ_MORE = 2 ** 20;
/** The kernels read so far past a text, and may write there. */
const MARGIN = 64;

export interface ChunkText {
  /** The rows that begin in the chunk, or null when there are none. */
  rows: CsvRows | null;
  /** Address of the chunk's first byte. */
  start: number;
  /** Newlines from the start of the data to the chunk. */
  linesBefore: number;
  /** The first address after the text that is free. */
  end: number;
}

/**
 * Reads a chunk into the slab, learns from the one before whether it begins inside quotes, and finds its rows.
 * @throws CsvProblemFound, ChainBroken, LogitmillError MEMORY_TOO_SMALL when a row does not fit
 */
export function readChunk(
  task: CsvTask,
  reader: CsvReader,
  bytes: Uint8Array,
  onLines: (linesBefore: number) => void,
): ChunkText {
  const { setup, parser, area, slab, chain } = reader;
  const from = setup.description.dataOffset + task.id * setup.chunkBytes;
  const to = task.window?.to ?? Math.min(from + setup.chunkBytes, setup.bytes);
  // How far the text can be read, and whether it ends there.
  const last = task.window?.limit ?? setup.bytes;
  const isWhole = task.window?.atEnd ?? true;
  // Congruent to the file's page, and with room for the byte before, which tells whether a row begins here.
  const start = area.start + MARGIN + ((((from - area.start - MARGIN) % 4096) + 4096) % 4096);
  const end = start + (to - from);
  const before = task.id === 0 ? 0 : 1;
  if (end + MARGIN > area.end) throw tooSmallForRows(2 * (end + MARGIN - slab.start), slab, reader.setApart);
  let limit = Math.min(end + OVERHANG, start + (last - from), area.end - MARGIN);
  reader.read(task, bytes.subarray(start - before, limit), from - before);

  const survey = stageClock.during('parse', () => parser.scanner.survey(start, end));
  const previous =
    task.id === 0
      ? { insideQuotes: false, lines: 0 }
      : stageClock.during('wait', () => chain.waitForText(task.id - 1));
  if (!previous) throw new ChainBroken();
  const { insideQuotes, lines: linesBefore } = previous;
  onLines(linesBefore);
  chain.setText(task.id, {
    insideQuotes: insideQuotes !== survey.oddQuotes,
    lines: linesBefore + survey.lines,
  });

  /** Of the last row that begins in what was read: no other goes on. */
  const lengthFrom = (row: number): number | null => {
    const { quote } = setup.plan;
    const inside = endsInsideQuotes(bytes.subarray(row, limit), quote);
    const rest = restOfRow(task.input, from + (limit - start), last, quote, inside);
    return rest === null ? null : limit + rest - row;
  };
  for (;;) {
    const atFileEnd = isWhole && from + (limit - start) >= last;
    const text = { start, end, limit, atRowStart: task.id === 0, atFileEnd, insideQuotes };
    const rows = stageClock.during('parse', () => parser.scanner.locate(text, survey));
    if (rows === 'none') return { rows: null, start, linesBefore, end: limit };
    if (rows !== 'more') return { rows, start, linesBefore, end: Math.max(limit, rows.end) + MARGIN };
    const more = Math.min(READ_MORE, last - (from + (limit - start)), area.end - MARGIN - limit);
    if (more <= 0) {
      const row = firstRow(parser, text, bytes);
      const problem = parser.scanner.problemBefore(row, limit, start, atFileEnd);
      // A quote that is open where memory ends may be closed in what follows.
      if (problem && problem.problem.within === undefined) throw problem;
      const length = reader.ring ? null : lengthFrom(row);
      throw length === null && problem
        ? problem
        : rowTooLong(length, slab, reader.setApart, setup.chunkBytes);
    }
    reader.read(task, bytes.subarray(limit, limit + more), from + (limit - start));
    limit += more;
  }
}

/** Where the chunk's first row begins, for the diagnosis of one that never ends. */
function firstRow(
  parser: CsvParser,
  { start, end, atRowStart, insideQuotes }: CsvText,
  bytes: Uint8Array,
): number {
  if (atRowStart || (!insideQuotes && bytes[start - 1] === 10)) return start;
  return parser.scanner.rowEnd(start, end, insideQuotes) || start;
}
