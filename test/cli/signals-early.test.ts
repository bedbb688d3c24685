import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeFileEnd, encodeFileStart } from '../../src/arrow/encode.ts';
import { encodeBatchMessage } from '../../src/arrow/encode-batch.ts';
import { fixedSizeList } from '../arrow/build.ts';
import { CLI, filesBelow, hears, temporaryFolder } from './run.ts';

/** Metadata that take seconds to read and to plan with: a signal must not have to wait for that. */
const inputs = fs.mkdtempSync(path.join(os.tmpdir(), 'logitmill-signals-early-'));
const file = (name: string): string => path.join(inputs, name);

beforeAll(() => {
  fs.writeFileSync(file('batches.arrow'), manyBatches(300_000));
  fs.writeFileSync(file('line.csv'), '0.125,-1.5;'.repeat(100e6 / 11));
  const names = Array.from({ length: 100_000 }, (_, index) => `logit_${index}`);
  const row = names.map(() => '0.5').join(',');
  fs.writeFileSync(file('columns.csv'), `${names.join(',')}\n${row}\n${row}\n`);
});
afterAll(() => fs.rmSync(inputs, { recursive: true }));

/** Batches of one row each, all alike. */
function manyBatches(count: number): Uint8Array {
  const schema = { fields: [fixedSizeList('logits', 4)], metadata: [] };
  const start = encodeFileStart(schema);
  const header = {
    rows: 1,
    nodes: Float64Array.of(1, 0, 4, 0),
    buffers: Float64Array.of(0, 0, 0, 0, 0, 16),
    variadicCounts: new Float64Array(0),
    compression: null,
  };
  const bodyLength = 64;
  const message = encodeBatchMessage(header, bodyLength);
  const batch = Buffer.concat([message, Buffer.alloc(bodyLength)]);
  const blocks = Array.from({ length: count }, (_, index) => ({
    offset: start.length + index * batch.length,
    metadataLength: message.length,
    bodyLength,
  }));
  const all = Buffer.alloc(count * batch.length, batch);
  return Buffer.concat([start, all, encodeFileEnd(schema, [], blocks, [])]);
}

/** Sends SIGTERM as soon as it can be heard. */
function stopEarly(args: readonly string[], cwd: string) {
  const child = spawn(process.execPath, [CLI, ...args], { cwd });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  let turns = 0;
  const timer = setInterval(() => {
    if (hears(child.pid) && ++turns === 3) child.kill('SIGTERM');
  }, 10);
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => {
      clearInterval(timer);
      resolve({ code, stdout, stderr });
    });
  });
}

// When it can be heard, Linux alone tells.
describe.skipIf(process.platform !== 'linux')(
  'SIGTERM while an input is looked at',
  { tags: ['long'] },
  () => {
    describe.each(['batches.arrow', 'line.csv', 'columns.csv'])('%s', (name) => {
      test('inspect has said nothing yet, and says nothing more', async () => {
        const { code, stdout, stderr } = await stopEarly(['inspect', file(name)], temporaryFolder());
        expect([code, stdout, stderr]).toEqual([143, '', 'logitmill: stopped by SIGTERM\n']);
      });

      test('run has not begun to write, and does not begin', async () => {
        const cwd = temporaryFolder();
        const { code, stderr } = await stopEarly(['run', file(name), '-o', 'out.arrow'], cwd);
        expect(code, stderr).toBe(143);
        expect(stderr).toMatch(/^logitmill: stopped by SIGTERM\ntry: .*starts from the beginning/);
        expect(filesBelow(cwd)).toEqual([]);
      });
    });
  },
);
