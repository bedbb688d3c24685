import { OPS } from '../ops/ops.ts';
import type { OpName } from '../options/types.ts';
import type { ColumnsTaken } from '../plan/provenance.ts';
import type { Summary, ValidationSummary } from './summary.ts';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Bytes for people, in powers of a thousand, with three digits. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : value.toPrecision(3)} ${UNITS[unit]}`;
}

export const countText = (count: number): string => count.toLocaleString('en-US');

/** `1 batch`, `2 batches`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

/** `logits: logit_0 … logit_9, 10 columns of float32`. */
export function takenText({ form, names, count, dtype }: ColumnsTaken): string {
  const type = dtype ?? 'several dtypes';
  if (form === 'list') return `logits: ${names[0]}, a column of lists of ${type}`;
  const shown = count <= 3 ? names.join(', ') : `${names[0]} … ${names.at(-1)}`;
  return `logits: ${shown}, ${countOf(count, 'column')} of ${type}`;
}

/** Some lines for people, to standard error. */
export function humanSummary(summary: Summary): string[] {
  const { inputs, output, validation, op, dtype, classes, shard } = summary;
  const part = shard ? `shard ${shard.index}/${shard.count}: ` : '';
  const rows = inputs.reduce((sum, input) => sum + input.rows, 0);
  const width = classes === null ? 'ragged rows' : countOf(classes, 'class', 'classes');
  const lines = [
    `${part}${countOf(rows, 'row')} x ${width}, ${op}, ${dtype} -> ${output?.path} (${bytesText(output?.bytes ?? 0)})`,
  ];
  if (summary.columns) lines.push(takenText(summary.columns));
  if (validation) lines.push(validationText(validation, op));
  if (summary.consistency)
    lines.push(
      `log(softmax) and log_softmax differ by at most ${summary.consistency.max_abs_difference.toExponential(1)}`,
    );
  const rate = bytesText(summary.input_bytes_per_second);
  lines.push(
    `${summary.seconds.toFixed(2)} s, ${rate}/s, ${bytesText(summary.peak_rss_bytes)} of memory at most, kernel ${summary.kernel}`,
  );
  return lines;
}

/** One line on the rows' sums, or on their values where the op has no sums. */
export function validationText(validation: ValidationSummary, op: OpName): string {
  const { unit, rows_invalid, rows_checked, rows_null, tolerance, max_deviation, worst_row } = validation;
  const nulls = rows_null > 0 ? `, ${countText(rows_null)} null` : '';
  const worst =
    worst_row === null
      ? ''
      : `; the largest deviation is ${max_deviation?.toExponential(1)}, in ${unit} ${nameOf(validation, worst_row)}`;
  if (rows_invalid === 0 && OPS[op].sums === 'nothing') return `every value lies within [0, 1]${nulls}`;
  if (rows_invalid === 0)
    return `every ${unit} sums to 1 within ${tolerance.toExponential(1)}${nulls}${worst}`;
  const by = OPS[op].sums === 'nothing' ? '' : `, by a tolerance of ${tolerance.toExponential(1)}`;
  return `${countText(rows_invalid)} of ${countText(rows_checked)} ${unit}s are invalid${by}${nulls}${worst}`;
}

/** A column of a wide table has a name. */
function nameOf({ column_sums }: ValidationSummary, index: number): string | number {
  return column_sums?.find(({ row }) => row === index)?.column ?? index;
}
