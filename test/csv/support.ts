import fs from 'node:fs';
import { describeCsv } from '../../src/input/csv/describe.ts';
import { problemError } from '../../src/input/csv/problems.ts';
import { type CsvPlan, planCsv } from '../../src/input/csv/reading.ts';
import type { CsvDescription, CsvOptions } from '../../src/input/csv/types.ts';
import { chooseKernelBuild } from '../../src/kernels/compile.ts';
import type { CsvKernels } from '../../src/kernels/csv.ts';
import type { KernelBuild } from '../../src/kernels/names.ts';
import type { Dtype } from '../../src/options/types.ts';
import { chooseCsvLogits } from '../../src/plan/csv-logits.ts';
import { CsvParser, type ParsedRows } from '../../workers/csv/parser.ts';
import { CsvProblemFound } from '../../workers/csv/problem-found.ts';
import type { CsvRows } from '../../workers/csv/scanner.ts';
import { workBytes } from '../../workers/csv/work-area.ts';

const PAGE = 65_536;
const WORK = 2 * 2 ** 20;

interface LoadedKernels {
  kernels: CsvKernels;
  memory: WebAssembly.Memory;
}

const known = new Map<KernelBuild, LoadedKernels>();

/** The builds of the kernels that run here. */
export const BUILDS: readonly KernelBuild[] =
  chooseKernelBuild('auto') === 'relaxed' ? ['relaxed', 'baseline'] : ['baseline'];

/** The CSV kernels in a memory of 64 MiB, shared by all tests of a file. */
function loadCsvKernels(build: KernelBuild = 'baseline'): LoadedKernels {
  const loaded = known.get(build);
  if (loaded) return loaded;
  const memory = new WebAssembly.Memory({ initial: 1024, maximum: 1024, shared: true });
  const file = new URL(`../../dist/kernels/csv.${build}.wasm`, import.meta.url);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(file)), {
    env: { memory },
  });
  const made = { kernels: instance.exports as unknown as CsvKernels, memory };
  known.set(build, made);
  return made;
}

export type Value = number | bigint | boolean | string | null;

/** A document as the parser read it: per row its logits, then its passed columns. */
export interface ReadDocument {
  rows: { logits: (number | null)[]; passed: Value[] }[];
}

export interface ReadOptions extends CsvOptions {
  logits?: readonly number[];
  keep?: readonly number[];
  dtype?: Dtype;
  maskNulls?: boolean;
  /** Bytes of a chunk, or where chunks begin, counted from the file's start. */
  chunks?: number | readonly number[];
  /** Rows that one call of `parse` takes. */
  rowsAtOnce?: number;
  build?: KernelBuild;
}

export function describeText(text: string | Uint8Array, options: CsvOptions = {}): CsvDescription {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  return describeCsv((size) => bytes.subarray(0, size), options);
}

/** Describes and reads a document. */
export function readDocument(text: string | Uint8Array, options: ReadOptions = {}): ReadDocument {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  return readDescribed(bytes, describeText(bytes, options), options);
}

/** Reads a document the way the walk does: chunk by chunk, each known only by what the ones before publish. */
export function readDescribed(
  bytes: Uint8Array,
  description: CsvDescription,
  options: ReadOptions,
): ReadDocument {
  const { chunks = 4 * 2 ** 20, rowsAtOnce = Infinity, dtype = 'float32', maskNulls = false } = options;
  const logits = options.logits ?? chooseCsvLogits(description);
  const keep = options.keep ?? description.columns.map((_, i) => i).filter((i) => !logits.includes(i));
  const plan = planCsv(description, { logits, keep, dtype, maskNulls });
  const loaded = loadCsvKernels(options.build);
  const { kernels, memory } = loaded;
  const parser = new CsvParser(kernels, memory, plan, WORK);
  const slab = new Uint8Array(memory.buffer);
  const text = WORK + workBytes(plan) + PAGE;
  const result: ReadDocument = { rows: [] };
  let insideQuotes = false;
  let [linesBefore, rowsBefore] = [description.dataLine - 1, 0];
  const bounds = boundaries(chunks, description.dataOffset, bytes.length);
  for (const [index, from] of bounds.slice(0, -1).entries()) {
    const own = bounds[index + 1] - from;
    // Matter that must not be looked at, before and after what has been read.
    slab.fill(0x22, text - 64, text + Math.min(bytes.length - from, 4 * own) + 256);
    slab[text - 1] = bytes[from - 1] ?? 0x22;
    for (let read = own; ; read = Math.min(bytes.length - from, read + Math.max(own, 16))) {
      slab.set(bytes.subarray(from, from + read), text);
      const survey = parser.scanner.survey(text, text + own);
      const place = {
        ...{ start: text, end: text + own, limit: text + read, insideQuotes },
        atRowStart: from === description.dataOffset,
        atFileEnd: from + read === bytes.length,
      };
      try {
        const rows = parser.scanner.locate(place, survey);
        if (rows === 'more') continue;
        if (rows !== 'none') {
          takeRows(parser, plan, rows, text, rowsAtOnce, result, loaded);
          rowsBefore += rows.rows;
        }
      } catch (error) {
        if (!(error instanceof CsvProblemFound)) throw error;
        const problem = { ...error.problem };
        problem.line += linesBefore;
        problem.row += rowsBefore;
        throw problemError(problem, description);
      }
      linesBefore += survey.lines;
      if (survey.oddQuotes) insideQuotes = !insideQuotes;
      break;
    }
  }
  return result;
}

function boundaries(chunks: number | readonly number[], first: number, end: number): number[] {
  const cuts = typeof chunks === 'number' ? [] : chunks.filter((cut) => cut > first && cut < end);
  if (typeof chunks === 'number') for (let at = first + chunks; at < end; at += chunks) cuts.push(at);
  return first < end ? [first, ...cuts, end] : [];
}

function takeRows(
  parser: CsvParser,
  plan: CsvPlan,
  rows: CsvRows,
  chunkStart: number,
  rowsAtOnce: number,
  result: ReadDocument,
  loaded: LoadedKernels,
): void {
  const { memory } = loaded;
  const slab = new Uint8Array(memory.buffer);
  const region = Math.ceil((rows.end + PAGE) / 64) * 64;
  parser.begin(rows, chunkStart);
  const measured = parser.measureText();
  const seen = plan.passed.map(() => 0);
  for (let done = 0; done < rows.rows; done += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows.rows - done);
    const bytes = parser.bytesFor(count);
    slab.fill(0xa5, region, region + bytes + 256);
    const parsed = parser.parse(region, count);
    if (slab.subarray(region + bytes, region + bytes + 256).some((byte) => byte !== 0xa5)) {
      throw new Error('parse writes past its region');
    }
    collect(parser, plan, parsed, region + bytes, result, loaded);
    for (const [i, { textBytes }] of parsed.columns.entries()) seen[i] += textBytes;
  }
  if (seen.join() !== measured.join()) throw new Error(`measureText says ${measured}, parse ${seen}`);
}

function collect(
  parser: CsvParser,
  plan: CsvPlan,
  parsed: ParsedRows,
  free: number,
  result: ReadDocument,
  { kernels, memory }: LoadedKernels,
): void {
  const view = new DataView(memory.buffer);
  const isSet = (bitmap: number, i: number) =>
    bitmap === 0 || ((view.getUint8(bitmap + (i >> 3)) >> (i & 7)) & 1) === 1;
  const texts = parsed.columns.map(({ type, data, textBytes }, column) => {
    if (type !== 'utf8') return () => null;
    parser.copyText(column, free);
    const text = Buffer.from(memory.buffer, free, textBytes);
    const all = Buffer.from(text);
    return (row: number) =>
      all.toString('utf8', view.getInt32(data + 4 * row, true), view.getInt32(data + 4 * row + 4, true));
  });
  if (parsed.nullLogits > 0) kernels.row_validity(parsed.logitsValidity, parsed.rows, plan.classes, free);
  for (let row = 0; row < parsed.rows; row++) {
    const logits = Array.from({ length: plan.classes }, (_, k) => {
      const i = row * plan.classes + k;
      return isSet(parsed.logitsValidity, i) ? readNumber(view, parsed.logits, i, plan.dtype) : null;
    });
    if (parsed.nullLogits > 0 && isSet(free, row) === logits.includes(null))
      throw new Error('row_validity is wrong');
    const passed = parsed.columns.map(({ type, data, validity }, column): Value => {
      if (!isSet(validity, row)) return null;
      if (type === 'int64') return view.getBigInt64(data + 8 * row, true);
      if (type === 'float64') return view.getFloat64(data + 8 * row, true);
      if (type === 'boolean') return isSet(data, row);
      return texts[column](row);
    });
    result.rows.push({ logits, passed });
  }
}

function readNumber(view: DataView, address: number, i: number, dtype: Dtype): number {
  if (dtype === 'float64') return view.getFloat64(address + 8 * i, true);
  if (dtype === 'float32') return view.getFloat32(address + 4 * i, true);
  return fromHalf(view.getUint16(address + 2 * i, true));
}

/** The number that 16 bits of a float16 stand for. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
