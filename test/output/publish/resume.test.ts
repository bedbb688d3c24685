import fs from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { LogitmillError } from '../../../src/errors.ts';
import {
  acquireLock,
  checkOutputPath,
  inputIdentity,
  type OutputFile,
  openPartial,
  type PlanIdentity,
} from '../../../src/output/publish/index.ts';
import { sideNames } from '../../../src/output/publish/target.ts';
import { forgetLocks, makeWorld } from '../../faults/mini-setup.ts';

const world = makeWorld();
afterAll(() => world.remove());

interface Setup {
  output: string;
  input: string;
  open(changes?: {
    plan?: Partial<PlanIdentity>;
    fresh?: boolean;
    metadata?: string;
    overwrite?: boolean;
  }): OutputFile;
  /** The output has been handed over by an interrupted run with two tasks done. */
  interrupt(): Promise<void>;
}

function setUp(): Setup {
  const { output, folder } = world.newJob({ mode: 'plain' }, false);
  const input = `${folder}.input`;
  fs.writeFileSync(input, Buffer.alloc(200_000, 'x'));
  const open: Setup['open'] = ({
    plan = {},
    fresh = false,
    metadata = 'metadata',
    overwrite = false,
  } = {}) => {
    const target = checkOutputPath(output, [input], { overwrite });
    const lock = acquireLock(target);
    const fd = fs.openSync(input, 'r');
    const whole = {
      version: '1.0.0',
      kernel: 'f32-relaxed',
      options: { temperature: 1, op: 'softmax' },
      tasks: 4,
      bytes: 4000,
    };
    try {
      return openPartial(target, lock, {
        plan: { ...whole, ...plan },
        inputs: [inputIdentity(input, fd, () => Buffer.from(metadata))],
        fresh,
        saveAfterMs: 1e9,
      });
    } catch (error) {
      lock.release();
      throw error;
    }
  };
  return {
    output,
    input,
    open,
    async interrupt() {
      const file = open();
      fs.writeSync(file.fd, Buffer.alloc(1000, 'a'), 0, 1000, 0);
      file.record(0, { rows: 10 }, 1000);
      file.record(2, { rows: 12 }, 1000);
      expect(await file.keepForResume()).toBe(true);
    },
  };
}

test('all the same: goes on, with the results', async () => {
  const setup = setUp();
  await setup.interrupt();
  const file = setup.open();
  expect(file).toMatchObject({ resumed: true, afreshBecause: null });
  expect([0, 1, 2, 3].map((task) => file.isDone(task))).toEqual([true, false, true, false]);
  expect(file.saved.results.get(2)).toEqual({ rows: 12 });
  expect(fs.readFileSync(sideNames(setup.output).partial).subarray(0, 3).toString()).toBe('aaa');
  await file.discard();
  expect(fs.readdirSync(dirname(setup.output))).toEqual([]);
});

test.each<[string, (setup: Setup) => unknown, RegExp]>([
  [
    'an option',
    () => ({ plan: { options: { temperature: 2, op: 'softmax' } } }),
    /^temperature was 1 and is 2$/,
  ],
  [
    'a new option',
    () => ({ plan: { options: { temperature: 1, op: 'softmax', keep: ['a'] } } }),
    /^keep was not given and is \["a"\]$/,
  ],
  [
    'an option gone',
    () => ({ plan: { options: { op: 'softmax' } } }),
    /^temperature was 1 and is not given$/,
  ],
  [
    'the version',
    () => ({ plan: { version: '2.0.0' } }),
    /^the interrupted run was of version 1.0.0, this is 2.0.0$/,
  ],
  ['the kernel', () => ({ plan: { kernel: 'f32' } }), /computed with kernel f32-relaxed, this one with f32$/],
  ['the plan', () => ({ plan: { tasks: 5 } }), /^the work is divided in another way$/],
  ['the metadata', () => ({ metadata: 'other' }), /changed since: its metadata differs$/],
  ['a touched input', ({ input }) => fs.utimesSync(input, 1, 1), /changed since: it was written to$/],
  [
    'a grown input',
    ({ input }) => fs.appendFileSync(input, 'x'),
    /changed since: it had 200000 bytes and has 200001$/,
  ],
  [
    'a replaced input',
    ({ input }) => {
      fs.copyFileSync(input, `${input}2`);
      fs.renameSync(`${input}2`, input);
    },
    /changed since: another file has taken its place$/,
  ],
  ['the partial file gone', ({ output }) => fs.rmSync(sideNames(output).partial), /^.out.partial is gone$/],
  [
    'the partial file cut',
    ({ output }) => fs.truncateSync(sideNames(output).partial, 3999),
    /^.out.partial has 3999 bytes and should have 4000$/,
  ],
  [
    'the partial file grown',
    ({ output }) => fs.appendFileSync(sideNames(output).partial, 'x'),
    /^.out.partial has 4001 bytes/,
  ],
  [
    'the partial file replaced',
    ({ output }) => {
      fs.copyFileSync(sideNames(output).partial, `${output}.copy`);
      fs.renameSync(`${output}.copy`, sideNames(output).partial);
    },
    /^.out.partial is not the file that the journal is about$/,
  ],
  [
    'the partial file a link',
    ({ output }) => {
      fs.renameSync(sideNames(output).partial, `${output}.elsewhere`);
      fs.symlinkSync(`${output}.elsewhere`, sideNames(output).partial);
    },
    /^.out.partial is a link$/,
  ],
  [
    'the journal spoilt',
    ({ output }) => fs.writeFileSync(sideNames(output).journal, 'spoilt'),
    /^.out.journal cannot be read$/,
  ],
  [
    'the journal a link',
    ({ output }) => {
      fs.rmSync(sideNames(output).journal);
      fs.symlinkSync('/etc/passwd', sideNames(output).journal);
    },
    /^.out.journal is a link$/,
  ],
])('starts afresh and says why: %s', async (_name, change, reason) => {
  const setup = setUp();
  await setup.interrupt();
  const file = setup.open((change(setup) ?? {}) as Parameters<Setup['open']>[0]);
  expect(file.afreshBecause).toMatch(reason);
  expect(file.resumed).toBe(false);
  expect(file.isDone(0)).toBe(false);
  expect(fs.readFileSync(sideNames(setup.output).partial).equals(Buffer.alloc(4000))).toBe(true);
  expect(fs.existsSync(sideNames(setup.output).journal)).toBe(false);
  await file.discard();
});

test('bytes changed behind the clock’s back', async () => {
  const setup = setUp();
  await setup.interrupt();
  for (const [field, reason] of [
    ['head', 'its bytes differ'],
    ['tail', 'its bytes differ'],
  ] as const) {
    const { header, rest } = splitHeader(fs.readFileSync(sideNames(setup.output).journal, 'utf8'));
    const other = header.replace(new RegExp(`"${field}":"..`), `"${field}":"zz`);
    fs.writeFileSync(sideNames(setup.output).journal, withSum(other) + rest);
    const file = setup.open();
    expect(file.afreshBecause).toBe(`the input ${setup.input} changed since: ${reason}`);
    await file.discard();
    await setup.interrupt();
  }

  function splitHeader(text: string): { header: string; rest: string } {
    const end = text.indexOf('\n') + 1;
    return { header: text.slice(9, end), rest: text.slice(end) };
  }
  function withSum(line: string): string {
    const { crc32 } = process.getBuiltinModule('node:zlib');
    return `${crc32(line).toString(16).padStart(8, '0')} ${line}`;
  }
});

test('--fresh does not look at what is there, and says nothing', async () => {
  const setup = setUp();
  await setup.interrupt();
  const file = setup.open({ fresh: true });
  expect(file).toMatchObject({ resumed: false, afreshBecause: null });
  await file.discard();
});

test('a stale partial file without a journal is made anew, silently', async () => {
  const setup = setUp();
  fs.writeFileSync(`${setup.output}.elsewhere`, 'somebody’s');
  fs.linkSync(`${setup.output}.elsewhere`, sideNames(setup.output).partial);
  const file = setup.open();
  expect(file).toMatchObject({ resumed: false, afreshBecause: null });
  expect(fs.readFileSync(`${setup.output}.elsewhere`, 'utf8')).toBe('somebody’s');
  await file.discard();
});

test('an interrupted run with nothing done leaves nothing', async () => {
  const setup = setUp();
  const file = setup.open();
  expect(await file.keepForResume()).toBe(false);
  expect(fs.readdirSync(dirname(setup.output))).toEqual([]);
});

test('an output that appears between the check and the lock is not replaced', () => {
  const setup = setUp();
  const target = checkOutputPath(setup.output, [], { overwrite: false });
  const lock = acquireLock(target);
  fs.writeFileSync(setup.output, 'another run’s');
  const plan = { version: '1', kernel: 'k', options: {}, tasks: 1, bytes: 1 };
  expect(() => openPartial(target, lock, { plan, inputs: [] })).toThrow(LogitmillError);
  expect(() => openPartial(target, lock, { plan, inputs: [] })).toThrow(/exists already/);
  expect(fs.readFileSync(setup.output, 'utf8')).toBe('another run’s');
  lock.release();
  forgetLocks();
});
