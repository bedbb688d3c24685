import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { logitmill, temporaryFolder } from './run.ts';

interface Span {
  name: string;
  ph: string;
  ts: number;
  dur: number;
}

test.each([
  ['Arrow', ['data/digits.arrow'], ['read', 'compute', 'check', 'write']],
  ['CSV', ['data/digits.csv', '--columns', 'logit_*'], ['read', 'parse', 'compute', 'check', 'write']],
])('%s: where the time went, in the summary and as trace events', async (_name, input, stages) => {
  const folder = temporaryFolder();
  const trace = path.join(folder, 'trace.json');
  const output = path.join(folder, 'out.arrow');
  const { code, stdout, stderr } = await logitmill([
    ...['run', ...input, '-o', output, '--summary', '-', '--trace', trace],
  ]);
  expect(code, stderr).toBe(0);
  expect(Object.keys(JSON.parse(stdout).stage_seconds)).toEqual(expect.arrayContaining(stages));

  const { traceEvents } = JSON.parse(fs.readFileSync(trace, 'utf8')) as { traceEvents: Span[] };
  const spans = traceEvents.sort((a, b) => a.ts - b.ts);
  expect(spans.map(({ name }) => name)).toEqual(expect.arrayContaining(stages));
  // One thread did it all, one thing after the other (microseconds since 1970 have a quarter as their last digit).
  for (const [index, span] of spans.entries()) {
    expect(span).toMatchObject({ ph: 'X', pid: expect.any(Number), tid: expect.any(Number) });
    if (index > 0) expect(span.ts).toBeGreaterThanOrEqual(spans[index - 1].ts + spans[index - 1].dur - 2);
  }
});
