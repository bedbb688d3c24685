import fs from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { checkOutputPath } from '../../../src/output/publish/index.ts';
import {
  decodeJournal,
  encodeCheckpoint,
  encodeHeader,
  encodeMark,
  encodeTasks,
  encodeWork,
} from '../../../src/output/publish/journal.ts';
import { JournalFile } from '../../../src/output/publish/journal-file.ts';
import { fastFolder } from '../../faults/fast-folder.ts';

const root = fs.mkdtempSync(join(fastFolder(), 'logitmill-journal-'));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

const plan = { version: '1', kernel: 'k', options: { temperature: 2 }, tasks: 100, bytes: null };
const header = () => encodeHeader({ plan, inputs: [], partial: '7' });

type Step =
  | { kind: 'tasks'; done: [number, unknown][]; size: number }
  | { kind: 'checkpoint'; name: string; value: unknown; blob: Uint8Array | null; below: number }
  | { kind: 'mark'; value: unknown };

const json = fc
  .jsonValue({ depthSize: 'small' })
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const task = fc.integer({ min: 0, max: 30 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('tasks' as const),
    done: fc.array(fc.tuple(task, json), { maxLength: 5 }),
    size: fc.nat(),
  }),
  fc.record({
    kind: fc.constant('checkpoint' as const),
    name: fc.constantFrom('columns', 'summary', 'ü\n{"'),
    value: json,
    blob: fc.option(fc.uint8Array({ maxLength: 50 })),
    below: task,
  }),
  fc.record({ kind: fc.constant('mark' as const), value: json.filter((value) => value !== null) }),
);

const encode = (step: Step): Uint8Array =>
  Buffer.concat(
    step.kind === 'tasks'
      ? encodeTasks(step.done, step.size)
      : step.kind === 'mark'
        ? encodeMark(step.value)
        : encodeCheckpoint(step.name, step),
  );

/** What the records mean, said in another way: everything kept, and asked at the end. */
function meaning(steps: Step[]) {
  const below = Math.max(0, ...steps.map((step) => (step.kind === 'checkpoint' ? step.below : 0)));
  const done = steps.flatMap((step) => (step.kind === 'tasks' ? step.done : []));
  return {
    below,
    results: new Map(done.filter(([task]) => task >= below)),
    checkpoints: new Map(
      steps.flatMap((step) =>
        step.kind === 'checkpoint' ? [[step.name, { value: step.value, blob: step.blob }] as const] : [],
      ),
    ),
    mark: steps.findLast((step) => step.kind === 'mark')?.value ?? null,
    size: Math.max(0, ...steps.map((step) => (step.kind === 'tasks' ? step.size : 0))),
  };
}

test('what was written is read, and a journal rewritten means the same', () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const bytes = Buffer.concat([...header(), ...steps.map(encode)]);
      const decoded = decodeJournal(bytes);
      expect(decoded.header).toMatchObject({ plan, inputs: [], partial: '7' });
      expect(decoded.end).toBe(bytes.length);
      expect(decoded.work).toEqual(meaning(steps));
      const rewritten = Buffer.concat([...header(), ...encodeWork(decoded.work)]);
      expect(decodeJournal(rewritten).work).toEqual(decoded.work);
    }),
  );
});

test('a torn or damaged record ends the journal: what stands before it counts, nothing after it does', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 6 }),
      fc.nat(),
      fc.option(fc.integer({ min: 1, max: 255 })),
      (steps, where, flip) => {
        const parts = [Buffer.concat(header()), ...steps.map(encode)];
        const whole = Buffer.concat(parts);
        const at = where % whole.length;
        const damaged = flip === null ? whole.subarray(0, at) : Buffer.from(whole);
        if (flip !== null) damaged[at]! ^= flip;
        let end = 0;
        const intact: Step[] = [];
        for (const [index, part] of parts.entries()) {
          if (end + part.length > at) break;
          end += part.length;
          if (index > 0) intact.push(steps[index - 1]!);
        }
        const decoded = decodeJournal(damaged);
        expect(decoded.end).toBe(end);
        expect(decoded.header === null).toBe(end === 0);
        expect(decoded.work).toEqual(meaning(intact));
      },
    ),
    { numRuns: 500 },
  );
});

test('what is no journal of this format has no header', () => {
  const future = Buffer.from(Buffer.concat(header()).toString().replace('"format":1', '"format":2'));
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.alloc(5000),
    Buffer.from('{}\n'),
    Buffer.from('x'.repeat(100)),
    future,
  ])
    expect(decodeJournal(bytes)).toMatchObject({ header: null, end: 0 });
  // A header in the middle, as when two journals are run together: the second one never happened.
  const twice = Buffer.concat([...header(), ...header(), ...encodeMark('late')]);
  expect(decodeJournal(twice)).toMatchObject({ end: Buffer.concat(header()).length, work: { mark: null } });
});

test('numbers come back to the last bit', () => {
  const values = [0.1, 1 / 3, 5e-324, Number.MAX_VALUE, 2 ** 53 - 1, -1e-7];
  const { work } = decodeJournal(Buffer.concat([...header(), ...encodeTasks([[3, values]], 0)]));
  expect(work.results.get(3)).toEqual(values);
});

test('checkpoints do not pile up without end', async () => {
  const target = checkOutputPath(join(root, 'out'), [], { overwrite: false });
  const journal = new JournalFile(target, header, 0, process.getuid!());
  const blob = new Uint8Array(3 << 20);
  let largest = 0;
  await journal.append(Buffer.concat(encodeTasks([[9, { rows: 4 }]], 10)));
  for (let turn = 1; turn <= 20; turn++) {
    blob.fill(turn);
    const checkpoint = { value: { turn }, blob, below: 5 };
    await journal.append(Buffer.concat(encodeCheckpoint('columns', checkpoint)));
    largest = Math.max(largest, fs.statSync(target.journal).size);
  }
  journal.close();
  expect(largest).toBeLessThan(20 << 20);
  expect(fs.readdirSync(root)).toEqual(['.out.journal']);
  const bytes = fs.readFileSync(target.journal);
  const { work, end, header: found } = decodeJournal(bytes);
  expect(end).toBe(bytes.length);
  expect(found).toMatchObject({ plan, partial: '7' });
  expect(work.below).toBe(5);
  expect(work.results.get(9)).toEqual({ rows: 4 });
  expect(work.checkpoints.get('columns')?.value).toEqual({ turn: 20 });
  expect(Buffer.from(work.checkpoints.get('columns')!.blob!).equals(blob)).toBe(true);
});

test('a record whose checksum is good, and whose content makes no sense, ends the journal', () => {
  const record = (content: unknown): Buffer => {
    const line = Buffer.from(`${JSON.stringify(content)}\n`);
    return Buffer.concat([Buffer.from(`${crc32(line).toString(16).padStart(8, '0')} `), line]);
  };
  const start = Buffer.concat(header());
  expect(
    decodeJournal(Buffer.concat([start, record({ kind: 'tasks', size: 3, done: [[1, {}]] })])).work.size,
  ).toBe(3);
  for (const nonsense of [
    null,
    [],
    7,
    {},
    { kind: 'tasks' },
    { kind: 'tasks', size: -1, done: [] },
    { kind: 'tasks', size: 1, done: {} },
    { kind: 'tasks', size: 1, done: [7] },
    { kind: 'tasks', size: 1, done: [['x', {}]] },
    { kind: 'tasks', size: 1, done: [[1.5, {}]] },
    { kind: 'checkpoint', name: 7, below: 0, value: 1 },
    { kind: 'checkpoint', name: 'x', below: 'y', value: 1 },
    { kind: 'checkpoint', name: 'x', below: 1, value: 1, blob: -9 },
    { kind: 'checkpoint', name: 'x', below: 1, value: 1, blob: '9' },
    { kind: 'other' },
  ]) {
    const what = JSON.stringify(nonsense);
    expect(decodeJournal(Buffer.concat([start, record(nonsense)])).end, what).toBe(start.length);
  }
  for (const nonsense of [
    { kind: 'header' },
    { kind: 'header', format: 1, plan: {}, inputs: 1, partial: '7' },
  ])
    expect(decodeJournal(record(nonsense))).toMatchObject({ header: null, end: 0 });
});
