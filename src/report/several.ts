import { VERSION } from '../version.ts';
import { bytesText, countOf, countText, takenText } from './human.ts';
import { peakMemory } from './peak-memory.ts';
import type { Summary } from './summary.ts';

/** The summary of several files: machine-readable, each file's like a single one's, and some lines for people. */
export function severalSummary(files: readonly Summary[], seconds: number) {
  const bytes = files.reduce((sum, { inputs }) => sum + (inputs[0]?.bytes ?? 0), 0);
  const done = files.filter(({ status }) => status === 'ok');
  const json = {
    schema_version: 1,
    status: worstStatus(files),
    version: VERSION,
    totals: totalsOf(files),
    files,
    seconds,
    input_bytes_per_second: Math.round(bytes / seconds),
    peak_rss_bytes: peakMemory(),
  };
  const rows = done.reduce((sum, { output }) => sum + (output?.rows ?? 0), 0);
  const invalid = done.reduce((sum, { validation }) => sum + (validation?.rows_invalid ?? 0), 0);
  const failed = (['skipped', 'failed', 'invalid', 'interrupted'] as const).flatMap((status) => {
    const count = files.filter((file) => file.status === status).length;
    return count === 0 ? [] : [`${count} ${status}`];
  });
  const lines = [
    `${countOf(files.length, 'file')}: ${[`${done.length} done`, ...failed].join(', ')}`,
    `${countOf(rows, 'row')}${invalid === 0 ? (rows === 0 ? '' : ', all valid') : `, ${countText(invalid)} of them invalid`}; ${takenOf(done)}` +
      `${seconds.toFixed(2)} s, ${bytesText(json.input_bytes_per_second)}/s, ${bytesText(json.peak_rss_bytes)} of memory at most`,
  ];
  return { json, lines };
}

const STATUSES = ['ok', 'skipped', 'failed', 'invalid', 'interrupted'] as const;

/** Over all files; rows and bytes are of those that are done. */
function totalsOf(files: readonly Summary[]) {
  const done = files.filter(({ status }) => status === 'ok');
  const sum = (of: (file: Summary) => number | undefined): number =>
    done.reduce((all, file) => all + (of(file) ?? 0), 0);
  const count = (status: Summary['status']): number => files.filter((file) => file.status === status).length;
  return {
    files: files.length,
    ...Object.fromEntries(STATUSES.map((status) => [status, count(status)])),
    rows: sum(({ output }) => output?.rows),
    rows_invalid: sum(({ validation }) => validation?.rows_invalid),
    rows_null: sum(({ validation }) => validation?.rows_null),
    input_bytes: sum(({ inputs }) => inputs[0]?.bytes),
    output_bytes: sum(({ output }) => output?.bytes),
  };
}

/** Which columns were taken: those of all files, or of the first one that has others. */
function takenOf(files: readonly Summary[]): string {
  const taken = new Map(
    files.flatMap(({ columns, inputs }) => (columns ? [[takenText(columns), inputs[0].path] as const] : [])),
  );
  const texts = [...taken.keys()];
  if (texts.length === 0) return '';
  const others = texts.length > 1 ? ` (but ${taken.get(texts[1])}: ${texts[1]})` : '';
  return `${texts[0]}${others}; `;
}

function worstStatus(files: readonly Summary[]): Summary['status'] {
  const worst = (['interrupted', 'failed', 'invalid'] as const).find((status) =>
    files.some((file) => file.status === status),
  );
  return worst ?? 'ok';
}
