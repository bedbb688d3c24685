import fs from 'node:fs';
import { LogitmillError } from '../../src/errors.ts';
import { readFully, writeAllFully, writeFully } from '../../src/io/files.ts';
import { describeIoError } from '../../src/io/io-error.ts';
import type { OutputFile } from '../../src/output/publish/index.ts';
import { acquireLock, checkOutputPath, inputIdentity, openPartial } from '../../src/output/publish/index.ts';

/**
 * A miniature of the walk, for trying the publish protocol without the rest of the house. `plain`: every offset is
 * planned. `sized`: a task's size shows when it is done, and offsets are handed out in order. `columns`: a first
 * pass over all tasks, whose merged state decides the bytes of the second.
 */
export type Mode = 'plain' | 'sized' | 'columns';

export interface MiniOptions {
  input: string;
  output: string;
  mode: Mode;
  tasks: number;
  taskBytes: number;
  overwrite?: boolean;
  fresh?: boolean;
  /** The job finds invalid rows: `fail` keeps what was done and does not publish; `keep` publishes. */
  invalid?: 'fail' | 'keep';
  saveAfterMs?: number;
  /** Milliseconds that each task takes longer. */
  taskMs?: number;
  /** An option that changes bytes. */
  key?: number;
}

export interface Piece {
  mode: Mode;
  key: number;
  inputFd: number;
  outputFd: number;
  task: number;
  taskBytes: number;
  /** Null: only say what the task comes to. */
  offset: number | null;
  /** The first pass's result, for the second. */
  columns: Uint32Array | null;
  taskMs: number;
}

export interface PieceResult {
  size: number;
  sum: number;
}

export interface MiniReport {
  resumed: boolean;
  afreshBecause: string | null;
  /** Tasks done by this run, in both passes. */
  computed: number;
  left: string[];
}

export const HEAD = Buffer.from('MINI-JOB'.padEnd(64, '.'));

/** What the job writes for one task. Also the reference: `expectedOutput` puts nothing else together. */
export function bytesOf(
  piece: Pick<Piece, 'mode' | 'key' | 'task' | 'columns'>,
  input: Uint8Array,
): Uint8Array {
  const size =
    piece.mode === 'sized' ? input.length - ((piece.task * 37) % (input.length >> 1)) : input.length;
  return input
    .slice(0, size)
    .map((byte, at) => byte ^ (piece.columns?.[at] ?? piece.task * 31 + at * 7 + piece.key));
}

/** The worker's side: read, compute, write. */
export function doPiece(piece: Piece): PieceResult {
  const input = new Uint8Array(piece.taskBytes);
  readFully(piece.inputFd, input, piece.task * piece.taskBytes);
  if (piece.taskMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, piece.taskMs);
  const bytes = bytesOf(piece, input);
  if (piece.offset !== null) {
    // In both of the ways that workers have.
    const parts = [bytes.subarray(0, 5), bytes.subarray(5, 6), bytes.subarray(6)];
    if (piece.task % 2 === 0) writeFully(piece.outputFd, bytes, piece.offset);
    else writeAllFully(piece.outputFd, parts, piece.offset);
  }
  return { size: bytes.length, sum: bytes.reduce((sum, byte) => sum + byte, 0) };
}

export function columnSums(sums: Uint32Array, block: Uint8Array): void {
  for (const [at, byte] of block.entries()) sums[at] = (sums[at]! * 3 + byte) >>> 0;
}

export function footerOf(results: readonly PieceResult[]): Uint8Array {
  return Buffer.from(JSON.stringify({ sums: results.map(({ sum }) => sum) }));
}

/** The coordinator's side: the order of `job.ts`. */
export async function runMiniJob(
  options: MiniOptions,
  run: (piece: Piece) => PieceResult | Promise<PieceResult>,
  signal?: AbortSignal,
): Promise<MiniReport> {
  const { mode, tasks, taskBytes, overwrite = false, key = 0, invalid } = options;
  const target = checkOutputPath(options.output, [options.input], { overwrite });
  const lock = acquireLock(target);
  let inputFd: number | null = null;
  let output: OutputFile | null = null;
  try {
    inputFd = fs.openSync(options.input, 'r');
    const identity = inputIdentity(options.input, inputFd, () => Buffer.from('metadata'));
    const bytes = mode === 'sized' ? null : HEAD.length + tasks * taskBytes;
    output = openPartial(target, lock, {
      plan: { version: '1', kernel: 'mini', options: { mode, key, taskBytes }, tasks, bytes },
      inputs: [identity],
      estimatedBytes: tasks * taskBytes,
      fresh: options.fresh ?? false,
      saveAfterMs: options.saveAfterMs,
    });
    const report: MiniReport = {
      resumed: output.resumed,
      afreshBecause: output.afreshBecause,
      computed: 0,
      left: [],
    };
    const piece = { mode, key, inputFd, outputFd: output.fd, taskBytes, taskMs: options.taskMs ?? 0 };
    const columns = mode === 'columns' ? await firstPass(output, options, piece, report, signal) : null;
    const results = await secondPass(output, options, { ...piece, columns }, run, report, signal);
    write(options, output, HEAD, 0);
    if (invalid === 'fail') {
      await output.mark({ invalidRows: 1 });
      throw new LogitmillError('INVALID_ROWS', 'a row is invalid');
    }
    const end = HEAD.length + results.reduce((sum, { size }) => sum + size, 0);
    write(options, output, footerOf(results), end);
    report.left = await output.publish({ signal });
    return report;
  } catch (error) {
    const code = error instanceof LogitmillError ? error.code : '';
    const resumable = ['NO_SPACE', 'OUTPUT_IO', 'INTERRUPTED', 'INVALID_ROWS', 'OUTPUT_EXISTS'].includes(
      code,
    );
    if (resumable) await output?.keepForResume();
    else await output?.discard();
    throw error;
  } finally {
    lock.release();
    if (inputFd !== null) fs.closeSync(inputFd);
  }
}

function write(options: MiniOptions, output: OutputFile, bytes: Uint8Array, position: number): void {
  try {
    writeFully(output.fd, bytes, position);
  } catch (error) {
    throw describeIoError(error, options.output, 'write the partial file');
  }
}

async function firstPass(
  output: OutputFile,
  { tasks, taskBytes }: MiniOptions,
  piece: Omit<Piece, 'task' | 'offset' | 'columns'>,
  report: MiniReport,
  signal?: AbortSignal,
): Promise<Uint32Array> {
  const sums = new Uint32Array(taskBytes);
  const saved = output.saved.checkpoints.get('columns');
  let merged = 0;
  if (saved !== undefined) {
    merged = (saved.value as { merged: number }).merged;
    new Uint8Array(sums.buffer).set(saved.blob!);
  }
  for (; merged < tasks; report.computed++) {
    signal?.throwIfAborted();
    const block = new Uint8Array(taskBytes);
    readFully(piece.inputFd, block, merged * taskBytes);
    if (piece.taskMs > 0) await new Promise((resolve) => setTimeout(resolve, piece.taskMs));
    columnSums(sums, block);
    merged++;
    output.checkpoint('columns', () => ({ value: { merged }, blob: new Uint8Array(sums.buffer) }));
    await output.room();
  }
  return sums;
}

async function secondPass(
  output: OutputFile,
  { mode, tasks, taskBytes, output: target }: MiniOptions,
  piece: Omit<Piece, 'task' | 'offset'>,
  run: (piece: Piece) => PieceResult | Promise<PieceResult>,
  report: MiniReport,
  signal?: AbortSignal,
): Promise<PieceResult[]> {
  const summary = output.saved.checkpoints.get('results')?.value as PieceResult[] | undefined;
  const results: PieceResult[] = [...(summary ?? [])];
  for (const [task, result] of output.saved.results) results[task] = result as PieceResult;
  const running = new Set<Promise<void>>();
  let next = HEAD.length;
  let failure: unknown = null;
  let merged = output.saved.below;
  for (let task = 0; task < tasks; task++) {
    if (signal?.aborted) failure ??= signal.reason;
    if (failure !== null) break;
    const offset = mode === 'sized' ? next : HEAD.length + task * taskBytes;
    if (output.isDone(task)) {
      next += results[task]!.size;
      continue;
    }
    try {
      if (mode === 'sized') next += (await run({ ...piece, task, offset: null })).size;
      await output.room();
    } catch (error) {
      failure ??= error;
      break;
    }
    const job = (async () => {
      const result = await run({ ...piece, task, offset });
      report.computed++;
      results[task] = result;
      output.record(task, result, result.size);
      while (results[merged] !== undefined) merged++;
      if (task % 5 === 4)
        output.checkpoint('results', () => ({ value: results.slice(0, merged), below: merged }));
    })()
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => running.delete(job));
    running.add(job);
    if (running.size >= 3) await Promise.race(running);
  }
  // No thread may write any more when the files are closed.
  await Promise.all(running);
  if (failure !== null) throw describeIoError(failure, target, 'write the partial file');
  return results;
}

/** The whole output, made without any of the machinery. */
export function expectedOutput(options: MiniOptions): Buffer {
  const { mode, tasks, taskBytes, key = 0 } = options;
  const input = fs.readFileSync(options.input);
  const blocks = Array.from({ length: tasks }, (_, at) =>
    input.subarray(at * taskBytes, (at + 1) * taskBytes),
  );
  const columns = mode === 'columns' ? new Uint32Array(taskBytes) : null;
  if (columns !== null) for (const block of blocks) columnSums(columns, block);
  const pieces = blocks.map((block, task) => bytesOf({ mode, key, task, columns }, block));
  const results = pieces.map((bytes) => ({
    size: bytes.length,
    sum: bytes.reduce((sum, byte) => sum + byte, 0),
  }));
  return Buffer.concat([HEAD, ...pieces, footerOf(results)]);
}
