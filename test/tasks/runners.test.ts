import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT_CODES } from '../../src/errors.ts';
import { type ArrowInput, openInput } from '../../src/input/open.ts';
import { atOnce } from '../../src/io/steps.ts';
import type { KernelModuleName } from '../../src/kernels/names.ts';
import { makeMemory } from '../../src/memory/slabs.ts';
import { type RawOptions, resolveRunOptions } from '../../src/options/resolve.ts';
import { planTransform } from '../../src/plan/plan-transform.ts';
import { planValidation } from '../../src/plan/validation.ts';
import type { FailedTask, TransformResult } from '../../src/tasks/results.ts';
import type { Task } from '../../src/tasks/task.ts';
import { prepareTask, runTask, WorkerContext } from '../../workers/main.ts';
import { RUNNERS } from '../../workers/tasks/runners.ts';
import { assemble, buildFile, fixedSizeList, logitsBatch } from '../arrow/build.ts';
import { logitmill } from '../cli/run.ts';

const ROWS = 9000;

let folder: string;
let output: number;
const opened: { close(): void }[] = [];
const file = (name: string): string => path.join(folder, name);

const MODULES: readonly KernelModuleName[] = [
  'float32',
  'float64',
  'float16',
  'convert',
  'csv',
  'lz4',
  'derived',
];
const compiled = Object.fromEntries(
  MODULES.map((name) => [
    name,
    new WebAssembly.Module(fs.readFileSync(`dist/kernels/${name}.baseline.wasm`)),
  ]),
);

function context(slabBytes: number): WorkerContext {
  return new WorkerContext({
    ...{
      memory: makeMemory(1, slabBytes),
      slabBytes,
      setApart: 0,
      modules: compiled,
      build: 'baseline' as const,
    },
    ...{ slabsTaken: new SharedArrayBuffer(4), isTraced: false },
  });
}

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(process.env.TMPDIR ?? '/tmp', 'logitmill-runners-'));
  output = fs.openSync(file('output'), 'w+');
  const wide = Float32Array.from({ length: 60 * 5000 }, (_, index) => Math.sin(index) * 5);
  const large = assemble(60, [60, 0, 300_000, 0], [null, null, wide]);
  fs.writeFileSync(
    file('large'),
    buildFile({ schema: { fields: [fixedSizeList('logits', 5000)], metadata: [] }, batches: [large, large] }),
  );
  const small = Array.from({ length: 90 }, (_, index) => logitsBatch(100, 100 * index));
  fs.writeFileSync(file('small'), buildFile({ batches: small }));
  const text = Array.from({ length: ROWS * 60 }, (_, row) => `${(row % 89) / 8},${(row % 7) / 4}`);
  fs.writeFileSync(file('text.csv'), `a,b\n${text.join('\n')}\n`);
  for (const name of ['large', 'small']) {
    const run = await logitmill([
      'run',
      file(name),
      '-o',
      file(`${name}.results`),
      '--column',
      'logits',
      '--quiet',
    ]);
    expect(run.stderr).toBe('');
  }
});
afterAll(() => {
  for (const input of opened) input.close();
  fs.closeSync(output);
  fs.rmSync(folder, { recursive: true, force: true });
});

async function open(name: string, raw: RawOptions = {}) {
  const options = resolveRunOptions({ threads: 1, ...raw });
  const input = await openInput(file(name), options);
  opened.push(input);
  return { options, input };
}

async function transformTasks(name: string, raw: RawOptions, pass?: 'fold'): Promise<Task[]> {
  const { options, input } = await open(name, raw);
  const plan = atOnce(planTransform(input, { ...options, toPipe: false, build: 'baseline' }));
  const files = { input: input.fd, output, scratch: folder, toPipe: false };
  const of = pass ? ({ kind: 'fold', parameters: null, open: null } as const) : undefined;
  return [...(plan.tasks(files, () => false, of) as Iterable<Task>)];
}

async function validationTasks(name: string): Promise<Task[]> {
  const { input } = await open(name);
  const [plan] = planValidation(input as ArrowInput, {
    ...{ column: undefined, columns: undefined, dim: -1, tolerance: undefined, op: undefined },
  });
  return [...plan!.tasks()].map((rows, id): Task => {
    const common = { id, input: input.fd, spec: plan!.spec };
    if ('batches' in rows) return { kind: 'validate-small', ...common, ...rows };
    return { kind: 'validate', ...common, inflation: null, pieces: rows.pieces, chain: rows.chain };
  });
}

interface Sample {
  tasks(): Promise<Task[]>;
  rows: number;
  /** Of logits, where rows are not counted: they are when they are written. */
  bytes?: number;
  /** Tasks wait for those before them. */
  inOrder?: true;
}

/** What a new kind of task has to bring along. */
const SAMPLES: Readonly<Record<Task['kind'], Sample>> = {
  transform: { tasks: () => transformTasks('large', { column: 'logits', op: 'both' }), rows: 120 },
  small: { tasks: () => transformTasks('small', { column: 'logits' }), rows: ROWS },
  fold: {
    tasks: () => transformTasks('large', { column: 'logits', dim: 0 }, 'fold'),
    rows: 0,
    bytes: 120 * 5000 * 4,
  },
  csv: { tasks: () => transformTasks('text.csv', { columns: 'a,b' }), rows: ROWS * 60, inOrder: true },
  validate: { tasks: () => validationTasks('large.results'), rows: 120 },
  'validate-small': { tasks: () => validationTasks('small.results'), rows: ROWS },
};

type Result = Omit<TransformResult, 'id'> & { work?: unknown };

/** Does tasks; what came of them by their ids, and what is in the output. */
async function done(
  tasks: readonly Task[],
  worker: WorkerContext,
): Promise<{ results: Result[]; bytes: Buffer }> {
  fs.ftruncateSync(output, 0);
  const results: [number, Result][] = [];
  for (const task of tasks) {
    await prepareTask(task);
    const result = runTask(task, worker);
    if ('failure' in result) throw new Error(JSON.stringify(result.failure));
    const { work: _, id, ...rest } = result;
    results.push([id, rest]);
  }
  return {
    results: results.sort(([one], [other]) => one - other).map(([, result]) => result),
    bytes: fs.readFileSync(file('output')),
  };
}

test('every runner has its sample', () => {
  expect(Object.keys(RUNNERS).sort()).toEqual(Object.keys(SAMPLES).sort());
});

describe.each(Object.entries(SAMPLES))('%s', (kind, { tasks, rows, bytes, inOrder }) => {
  test('does its rows, all of them, and nobody else’s', async () => {
    const all = await tasks();
    expect(all.length).toBeGreaterThan(0);
    expect(new Set(all.map((task) => task.kind))).toEqual(new Set([kind]));
    const { results } = await done(all, context(24 * 2 ** 20));
    expect(results.reduce((sum, result) => sum + result.rows, 0)).toBe(rows);
    if (bytes) expect(results.reduce((sum, result) => sum + result.inputBytes, 0)).toBe(bytes);
    expect(results.every(({ invalidRows, inputBytes }) => invalidRows === 0 && inputBytes > 0)).toBe(true);
  });

  test('a task is plain data: its copy gives the same, whatever the slab and the order', async () => {
    const wanted = await done(await tasks(), context(24 * 2 ** 20));
    const copies = (await tasks()).map((task) => structuredClone(task));
    for (const slab of [6, 40]) {
      const again = inOrder ? (await tasks()).map((task) => structuredClone(task)) : copies.toReversed();
      const found = await done(again, context(slab * 2 ** 20));
      expect(found.results).toEqual(wanted.results);
      expect(found.bytes.equals(wanted.bytes)).toBe(true);
    }
  });

  test('what fails is a result with a code, and the worker goes on', async () => {
    const worker = context(24 * 2 ** 20);
    const before = { ...worker.slab };
    const [first] = await tasks();
    // Open for writing only: nothing can be read from it.
    const unreadable = fs.openSync(file('unreadable'), 'w');
    await prepareTask(first!);
    const failed = runTask({ ...first!, input: unreadable } as Task, worker) as FailedTask;
    fs.closeSync(unreadable);
    expect(Object.keys(failed)).toContain('failure');
    expect(failed.failure.code in EXIT_CODES).toBe(true);
    expect(failed.failure.code).toMatch(/^INPUT_(UNREADABLE|CHANGED)$/);
    expect(structuredClone(failed)).toEqual(failed);
    expect(worker.slab).toEqual(before);
    const wanted = await done(await tasks(), context(24 * 2 ** 20));
    const { results, bytes: written } = await done(await tasks(), worker);
    expect(results).toEqual(wanted.results);
    expect(written.equals(wanted.bytes)).toBe(true);
  });
});
