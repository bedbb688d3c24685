import { type Bench, copy, logitmill, peer, type Work } from '../work.ts';
import { csvInput } from './inputs.ts';

/** Text in, against a copy of the text and against programs that read it. */
export function csvWorks({ scale }: Bench): Work[] {
  const works = [
    { name: 'csv-1000', columns: 1000, style: '%.6f', quick: true },
    { name: 'csv-100', columns: 100, style: '%.6f' },
    { name: 'csv-10', columns: 10, style: '%.6f' },
    { name: 'csv-1000-exponents', columns: 1000, style: '%.18e' },
  ] as const;
  return works.map(({ name, columns, style, ...rest }) => {
    const input = csvInput(columns, style, 532e6 * scale);
    return {
      ...{ name, place: 'memory', inputs: [input], bytes: input.bytes, ...rest },
      title: `CSV, ${columns.toLocaleString('en')} columns of ${style}`,
      contestants: ([file], bench) => [
        logitmill(bench, 'memory', file),
        copy(bench, 'memory', file),
        ...['polars_csv', 'duckdb_csv', 'pytorch_csv'].flatMap((script) =>
          peer(bench, 'memory', script, file),
        ),
      ],
    };
  });
}
