import { isUtf8 } from 'node:buffer';
import { LogitmillError } from '../../src/errors.ts';
import { decode } from '../../src/input/csv/kinds.ts';
import type { CsvPlan } from '../../src/input/csv/reading.ts';
import { countNewlines } from '../../src/input/csv/rows.ts';
import type { CsvColumnType } from '../../src/input/csv/types.ts';
import { bareValue } from '../../src/input/csv/values.ts';
import type { CsvKernels } from '../../src/kernels/csv.ts';
import type { Dtype } from '../../src/options/types.ts';
import * as layout from '../kernels/csv/layout.ts';
import { diagnoseRows } from './diagnose.ts';
import { exactNumber } from './exact-number.ts';
import { CsvProblemFound } from './problem-found.ts';
import { layOut, type Regions, setBits } from './regions.ts';
import { type CsvRows, CsvScanner } from './scanner.ts';
import { writeTables } from './tables.ts';
import { type WorkArea, writeWorkArea } from './work-area.ts';

export interface ParsedColumn {
  type: CsvColumnType;
  nulls: number;
  /** Bitmap; 0 when there are no nulls. */
  validity: number;
  /** int64, float64, bits; for utf8 the int32 offsets, rows + 1 of them, from 0. */
  data: number;
  dataBytes: number;
  /** Of utf8: what `copyText` will write. */
  textBytes: number;
}

/** Where the values of some rows lie: addresses, multiples of 64. */
export interface ParsedRows {
  rows: number;
  /** Row-major, rows x classes, of the plan's dtype. A null is 0, or -inf when nulls are masked. */
  logits: number;
  nullLogits: number;
  /** Bitmap, one bit an element, row-major; 0 when there are no nulls. */
  logitsValidity: number;
  /** As in the plan's `passed`. */
  columns: ParsedColumn[];
}

const DTYPES: readonly Dtype[] = ['float16', 'float32', 'float64'];

/** Turns rows of text into columns, both in one worker's slab. */
export class CsvParser {
  readonly scanner: CsvScanner;
  private readonly area: WorkArea;
  private text: CsvRows = { start: 0, end: 0, rows: 0, hasQuotes: false, isAscii: true };
  private chunkStart = 0;
  private rowsDone = 0;

  /** @param work address, a multiple of 64, of `workBytes(plan)` bytes that stay the parser's own */
  constructor(
    private readonly kernels: CsvKernels,
    private readonly memory: WebAssembly.Memory,
    private readonly plan: CsvPlan,
    work: number,
  ) {
    writeTables(memory, kernels.tables_address(), plan.decimal);
    this.area = writeWorkArea(memory, work, plan);
    this.scanner = new CsvScanner(kernels, memory, plan, this.area);
  }

  /**
   * Takes up a text; `parse` then goes through its rows.
   * @param chunkStart where lines are counted from in problems: the chunk's first byte
   * @throws CsvProblemFound when the text is not UTF-8
   */
  begin(text: CsvRows, chunkStart: number = text.start): void {
    this.text = text;
    this.chunkStart = chunkStart;
    if (!text.isAscii && !isUtf8(new Uint8Array(this.memory.buffer, text.start, text.end - text.start)))
      throw this.problem();
    this.rewind();
  }

  /** Bytes of the region that `parse` needs for so many rows. */
  bytesFor(rows: number): number {
    return layOut(this.plan, rows, 0).end;
  }

  /** Bytes of each utf8 column over all rows that `parse` has not taken yet; 0 for other columns. */
  measureText(): number[] {
    const before = new Uint8Array(this.memory.buffer).slice(
      this.area.work,
      this.area.work + layout.STATE_BYTES,
    );
    this.eachSlot((slot) => this.set(slot + layout.SLOT_TEXT_BYTES, 0));
    this.set(this.area.work + layout.ROW_LIMIT, this.text.rows);
    this.set(this.area.work + layout.MEASURE, 1);
    this.run();
    const bytes = this.plan.passed.map((_, i) => this.get(this.slot(i) + layout.SLOT_TEXT_BYTES));
    new Uint8Array(this.memory.buffer).set(before, this.area.work);
    return bytes;
  }

  /**
   * Parses the next `rows` rows into the region at `address`, a multiple of 64, of `bytesFor(rows)` bytes.
   * @throws CsvProblemFound for the first thing in the text that is wrong; the text must still be in place
   */
  parse(address: number, rows: number): ParsedRows {
    const { work } = this.area;
    const regions = layOut(this.plan, rows, address);
    const bytes = new Uint8Array(this.memory.buffer);
    setBits(bytes, regions.logitsValidity, rows * this.plan.classes);
    regions.columns.forEach(({ data, dataBytes, validity, fields }, i) => {
      setBits(bytes, validity, rows);
      if (this.plan.passed[i].type === 'boolean') bytes.fill(0, data, data + dataBytes);
      if (this.plan.passed[i].type === 'utf8') this.set(data, 0);
      const slot = this.slot(i);
      this.set(slot + layout.SLOT_DATA, data);
      this.set(slot + layout.SLOT_VALIDITY, validity);
      this.set(slot + layout.SLOT_FIELDS, fields);
    });
    this.eachSlot((slot) => {
      for (const offset of [layout.SLOT_NULLS, layout.SLOT_TEXT_BYTES, layout.SLOT_ROW])
        this.set(slot + offset, 0);
    });
    this.set(work + layout.LOGITS, regions.logits);
    this.set(work + layout.LOGITS_VALIDITY, regions.logitsValidity);
    this.set(work + layout.LOGITS_DONE, 0);
    this.set(work + layout.LOGITS_NULLS, 0);
    this.set(work + layout.ROW_LIMIT, this.rowsDone + rows);
    this.run();
    this.rowsDone += rows;
    return this.result(regions, rows);
  }

  /** Writes the texts of passed column `index`, as the last `parse` found them, and up to 15 bytes after them. */
  copyText(index: number, target: number): void {
    const slot = this.slot(index);
    this.kernels.copy_text(this.area.work, slot, this.get(slot + layout.SLOT_ROW), target);
  }

  private rewind(): void {
    const { work } = this.area;
    const { start, end, hasQuotes } = this.text;
    this.rowsDone = 0;
    const first = this.get(work + layout.SEGMENTS);
    const state: [number, number][] = [
      [layout.CURSOR, start],
      [layout.END, end],
      [layout.HAS_QUOTES, hasQuotes ? 1 : 0],
      [layout.ROWS_DONE, 0],
      [layout.COLUMN, 0],
      [layout.INSIDE, 0],
      [layout.PREVIOUS, start - 1],
      [layout.SEGMENT, first],
      [layout.SEGMENT_LEFT, this.get(first + layout.SEGMENT_COLUMNS)],
      [layout.UNPROVEN, 0],
      [layout.TEXT, start],
      [layout.MEASURE, 0],
      [layout.SHAPE, 0],
    ];
    for (const [offset, value] of state) this.set(work + offset, value);
  }

  private run(): void {
    const { work } = this.area;
    let status = this.kernels.parse_rows(work);
    for (; status === layout.RESOLVE; status = this.kernels.parse_rows(work)) this.resolve();
    if (
      status === layout.MALFORMED ||
      this.get(work + layout.ROWS_DONE) !== this.get(work + layout.ROW_LIMIT)
    ) {
      throw this.problem();
    }
  }

  /** Rounds what the kernels could not. */
  private resolve(): void {
    const { work } = this.area;
    const bytes = new Uint8Array(this.memory.buffer);
    const view = new DataView(this.memory.buffer);
    const quote = this.plan.quote === 0 ? '' : String.fromCharCode(this.plan.quote);
    const count = this.get(work + layout.UNPROVEN);
    for (let i = 0; i < count; i++) {
      const entry = work + layout.UNPROVEN_LIST + i * layout.UNPROVEN_BYTES;
      const [start, end, target, format] = [0, 4, 8, 12].map((offset) => this.get(entry + offset));
      const field = decode(bytes, start, end);
      const text = (bareValue(field, quote)?.text ?? field).replace(',', '.');
      const bits = exactNumber(text, DTYPES[format]);
      if (format === layout.FLOAT64) view.setBigUint64(target, bits, true);
      else if (format === layout.FLOAT32) view.setUint32(target, Number(bits), true);
      else view.setUint16(target, Number(bits), true);
    }
    this.set(work + layout.UNPROVEN, 0);
  }

  private result(regions: Regions, rows: number): ParsedRows {
    const nullLogits = this.get(this.area.work + layout.LOGITS_NULLS);
    const columns = regions.columns.map(({ data, dataBytes, validity }, i) => {
      const nulls = this.get(this.slot(i) + layout.SLOT_NULLS);
      const textBytes = this.get(this.slot(i) + layout.SLOT_TEXT_BYTES);
      const { type } = this.plan.passed[i];
      return { type, nulls, validity: nulls > 0 ? validity : 0, data, dataBytes, textBytes };
    });
    const logitsValidity = nullLogits > 0 ? regions.logitsValidity : 0;
    return { rows, logits: regions.logits, nullLogits, logitsValidity, columns };
  }

  /** The first thing that is wrong with the text. */
  private problem(): Error {
    const bytes = new Uint8Array(this.memory.buffer);
    const problem = diagnoseRows(bytes, this.text.start, this.text.end, this.plan);
    if (!problem) {
      return new LogitmillError('INTERNAL', 'the CSV kernels refuse a text that has nothing wrong with it');
    }
    problem.line += countNewlines(bytes, this.chunkStart, this.text.start);
    return new CsvProblemFound(problem);
  }

  private slot(index: number): number {
    return this.area.slots + index * layout.SLOT_BYTES;
  }

  /** With the slot of the columns left out. */
  private eachSlot(visit: (slot: number) => void): void {
    for (let i = 0; i <= this.plan.passed.length; i++) visit(this.slot(i));
  }

  private get(address: number): number {
    return new DataView(this.memory.buffer).getUint32(address, true);
  }

  private set(address: number, value: number): void {
    new DataView(this.memory.buffer).setUint32(address, value, true);
  }
}
