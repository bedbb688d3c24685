import type { CsvPlan } from '../../src/input/csv/reading.ts';
import { isNumber } from '../../src/input/csv/values.ts';
import * as layout from '../kernels/csv/layout.ts';
import { exactNumber } from './exact-number.ts';

const FORMATS = { float16: layout.FLOAT16, float32: layout.FLOAT32, float64: layout.FLOAT64 };
const KINDS = { logits: layout.KIND_LOGITS, pass: layout.KIND_PASS, skip: layout.KIND_SKIP };

const CLASSES_BYTES = 256;

/** Addresses within a worker's work area. */
export interface WorkArea {
  /** Of the parser's state and lists. */
  work: number;
  survey: number;
  /** Slot of a passed column: slots + index * SLOT_BYTES. */
  slots: number;
}

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

function spellings(plan: CsvPlan): Uint8Array[] {
  return plan.nullValues.filter((text) => text !== '').map((text) => new TextEncoder().encode(text));
}

/** Bytes of the work area that a worker needs for a plan. */
export function workBytes(plan: CsvPlan): number {
  const nulls = spellings(plan).reduce((sum, { length }) => sum + 4 + Math.ceil(length / 4) * 4, 0);
  return (
    layout.WORK_BYTES +
    layout.SURVEY_BYTES +
    CLASSES_BYTES +
    align((plan.passed.length + 1) * layout.SLOT_BYTES) +
    align(plan.segments.length * layout.SEGMENT_BYTES) +
    align(nulls) +
    align(plan.nullValues.length * 8)
  );
}

/** Writes what does not change from chunk to chunk. */
export function writeWorkArea(memory: WebAssembly.Memory, work: number, plan: CsvPlan): WorkArea {
  const view = new DataView(memory.buffer);
  const survey = work + layout.WORK_BYTES;
  const slots = survey + layout.SURVEY_BYTES + CLASSES_BYTES;
  // The last slot is that of all columns left out: their quotes are looked at, where there are any.
  const skipSlot = slots + plan.passed.length * layout.SLOT_BYTES;
  const segments = slots + align((plan.passed.length + 1) * layout.SLOT_BYTES);
  const nulls = segments + align(plan.segments.length * layout.SEGMENT_BYTES);
  new Uint8Array(memory.buffer, work, layout.STATE_BYTES).fill(0);

  plan.passed.forEach(({ type, plain }, i) => {
    view.setUint32(slots + i * layout.SLOT_BYTES + layout.SLOT_TYPE, typeCode(type, plain), true);
  });
  view.setUint32(skipSlot + layout.SLOT_TYPE, layout.TYPE_SKIP, true);
  plan.segments.forEach(({ columns, fate, passed }, i) => {
    const at = segments + i * layout.SEGMENT_BYTES;
    view.setUint32(at + layout.SEGMENT_COLUMNS, columns, true);
    view.setUint32(at + layout.SEGMENT_KIND, KINDS[fate], true);
    view.setUint32(
      at + layout.SEGMENT_SLOT,
      fate === 'pass' ? slots + passed * layout.SLOT_BYTES : skipSlot,
      true,
    );
  });
  let at = nulls;
  for (const bytes of spellings(plan)) {
    view.setUint32(at, bytes.length, true);
    new Uint8Array(memory.buffer, at + 4, bytes.length).set(bytes);
    at += 4 + Math.ceil(bytes.length / 4) * 4;
  }

  const classes = new Uint8Array(memory.buffer, survey + layout.SURVEY_BYTES, CLASSES_BYTES).fill(0);
  for (const blank of [0x20, 0x09]) classes[blank] = layout.CLASS_BLANK;
  classes[plan.delimiter] = 0;
  if (plan.quote !== 0) classes[plan.quote] = layout.CLASS_QUOTE;

  const numeric = numericSpellings(plan);
  const numericNulls = Math.ceil(at / 8) * 8;
  numeric.forEach((bits, i) => {
    view.setBigUint64(numericNulls + i * 8, bits, true);
  });

  const state: [number, number][] = [
    [layout.COLUMNS, plan.columns],
    [layout.DELIMITER, plan.delimiter],
    [layout.QUOTE, plan.quote],
    [layout.NEWLINE, 10],
    [layout.RETURNS, plan.returns],
    [layout.ALL_LOGITS, plan.classes === plan.columns ? 1 : 0],
    [layout.SEGMENTS, segments],
    [layout.SEGMENTS_END, segments + plan.segments.length * layout.SEGMENT_BYTES],
    [layout.NULLS, nulls],
    [layout.NULL_COUNT, spellings(plan).length],
    [layout.NUMERIC_NULLS, numeric.length],
    [layout.NUMERIC_NULLS_AT, numericNulls],
    [layout.CLASSES, survey + layout.SURVEY_BYTES],
    [layout.QUOTED_EMPTY_IS_NULL, plan.nullValues.includes('') ? 1 : 0],
    [layout.FORMAT, FORMATS[plan.dtype]],
  ];
  for (const [offset, value] of state) view.setUint32(work + offset, value, true);
  view.setFloat64(work + layout.NULL_NUMBER, plan.maskNulls ? Number.NEGATIVE_INFINITY : 0, true);
  return { work, survey, slots };
}

/** The numbers among the spellings of null: finite ones, as no fast loop reads the others. */
function numericSpellings({ nullValues, dtype, decimal }: CsvPlan): bigint[] {
  return nullValues
    .filter((text) => isNumber(text, decimal) && /\d/.test(text))
    .map((text) => exactNumber(text.replace(',', '.'), dtype));
}

function typeCode(type: CsvPlan['passed'][number]['type'], plain: boolean): number {
  if (type === 'int64') return plain ? layout.TYPE_PLAIN_INT64 : layout.TYPE_INT64;
  return { float64: layout.TYPE_FLOAT64, boolean: layout.TYPE_BOOLEAN, utf8: layout.TYPE_UTF8 }[type];
}
