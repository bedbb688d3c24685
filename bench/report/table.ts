import {
  cpuSeconds,
  ownBytes,
  peakBytes,
  ratios,
  seconds,
  stageSeconds,
  type WorkResult,
} from '../results.ts';
import type { Turns } from '../turns.ts';

/** A work as a table of its contestants, in Markdown that is also readable as it stands. */
export function workTable(result: WorkResult): string {
  const { title, turns, bytes, skipped } = result;
  const heading = `### ${title}`;
  if (skipped !== undefined) return `${heading}\n\nskipped: ${skipped}`;
  const header = ['', 'seconds', 'GB/s', 'time / first', 'range', 'CPU s', 'peak MB', 'own MB'];
  const rows = turns.filter(({ rounds }) => rounds.length > 0).map((one) => row(one, turns[0], bytes));
  const dropped = turns
    .filter((one) => one.dropped !== undefined)
    .map((one) => `\n- ${one.name} did not take part: ${one.dropped}`);
  return [heading, '', table([header, ...rows]), stages(turns[0]), ...dropped].join('\n');
}

/** Columns as wide as their widest cell; numbers, which all but the first are, stand right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(3, ...rows.map((cells) => cells[column].length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(rows[0]), line(rule), ...rows.slice(1).map(line)].join('\n');
}

function row(one: Turns, first: Turns, bytes: number): string[] {
  const time = seconds(one);
  const { median, lower, upper, least, most } = ratios(one, first);
  return [
    one.name,
    time.toFixed(time < 1 ? 3 : 2),
    bytes < 1e6 ? '' : (bytes / 1e9 / time).toFixed(2),
    one === first ? '1' : `${digits(median)} [${digits(lower)}, ${digits(upper)}]`,
    one === first ? '' : `${digits(least)} to ${digits(most)}`,
    cpuSeconds(one)?.toFixed(2) ?? '',
    megabytes(peakBytes(one)),
    megabytes(ownBytes(one)),
  ];
}

export function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function megabytes(bytes: number | null): string {
  return bytes === null ? '' : (bytes / 1e6).toFixed(0);
}

function stages(first: Turns): string {
  const parts = stageSeconds(first).map(([stage, spent]) => `${stage} ${spent.toFixed(3)}`);
  return parts.length === 0 ? '' : `\nThread seconds of ${first.name} by stage: ${parts.join(', ')}.`;
}
