import fs from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import type { BlockList } from '../arrow/types.ts';
import { LogitmillError } from '../errors.ts';
import type { InputIdentity } from '../input/identity.ts';
import { describeIoError } from '../io/io-error.ts';
import { writeInOrderAsync } from '../io/pipe.ts';
import type { BatchBlock, OutputPlan } from '../layout/output-plan.ts';
import { endOfBatches, piecesBesideBatches } from './finish.ts';
import type { Output } from './output.ts';
import { emptyWork } from './publish/journal.ts';

const STDOUT = 1;

/**
 * The start of a message whose metadata has 16 bytes, and four of them. A stream that merely ends before its end marker
 * is taken for a whole one by pyarrow, Polars, nanoarrow, arrow-rs and apache-arrow: after these bytes, all of them fail.
 */
const FAILED_END = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 16, 0, 0, 0, 0, 0, 0, 0);

/** Ends standard output so that no reader takes for whole what it got, if anything; never throws. */
export async function endFailedStream(error: unknown): Promise<void> {
  const code = error instanceof LogitmillError ? error.code : '';
  // It is not ours to write to, or nobody reads it.
  if (code === 'OUTPUT_IS_INPUT' || code === 'OUTPUT_CLOSED') return;
  const start = performance.now();
  const isLate = (): boolean => performance.now() - start > 500;
  await writeInOrderAsync(STDOUT, FAILED_END, AbortSignal.abort(), isLate).catch(() => {});
}

/**
 * Standard output in the place of an `OutputFile`: bytes are gone once they are written, so that nothing is resumed,
 * and a stream that must not be believed ends with bytes that say so: see `endFailedStream`.
 */
export class StandardOutput implements Output {
  readonly fd = STDOUT;
  readonly inOrder = true;
  /** For scratch files. */
  readonly folder = tmpdir();
  readonly saved = emptyWork();
  readonly resumed = false;
  readonly afreshBecause = null;
  /** What `publish` writes. */
  #end: Uint8Array = new Uint8Array(0);
  readonly #input: InputIdentity | null;

  /** @throws LogitmillError OUTPUT_IS_INPUT, OUTPUT_UNWRITABLE when there is none */
  constructor(input: InputIdentity | null) {
    this.#input = input;
    const stats = fs.fstatSync(STDOUT, { bigint: true });
    if (stats.isCharacterDevice()) refuseClosed(stats);
    if (input && stats.isFile()) refuseInput(input.path, stats);
    // A reader may be slow: a write that blocks would hold its thread against signals.
    if (stats.isFIFO() || stats.isSocket()) new net.Socket({ fd: STDOUT, readable: false }).unref();
  }

  /** @throws LogitmillError OUTPUT_CLOSED, NO_SPACE, OUTPUT_IO, or the signal's reason */
  async begin(plan: OutputPlan, input: number, signal?: AbortSignal): Promise<void> {
    for (const [, bytes] of piecesBesideBatches(input, plan)) await this.#write(bytes, signal);
  }

  finish(plan: OutputPlan, _input: number, blocks: BlockList<BatchBlock>): number {
    this.#end = plan.end(blocks);
    return endOfBatches(plan, blocks) + this.#end.length;
  }

  async #write(bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    try {
      await writeInOrderAsync(STDOUT, bytes, signal);
    } catch (error) {
      throw describeIoError(error, '-', 'write to standard output');
    }
  }

  isDone(): boolean {
    return false;
  }

  record(): void {}

  checkpoint(): void {}

  room(): null {
    return null;
  }

  async mark(): Promise<void> {}

  async keepForResume(): Promise<boolean> {
    return false;
  }

  async discard(): Promise<void> {}

  async publish({ signal }: { signal?: AbortSignal | undefined }): Promise<string[]> {
    this.#input?.check();
    await this.#write(this.#end, signal);
    return [];
  }
}

function refuseInput(path: string, output: fs.BigIntStats): void {
  const input = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
  if (input?.dev !== output.dev || input.ino !== output.ino) return;
  throw new LogitmillError('OUTPUT_IS_INPUT', `standard output goes to the input ${path}`, {
    hint: 'choose another name for the output',
  });
}

/** Node puts /dev/null, for reading and writing, where a stream was closed; a shell's `> /dev/null` is for writing only. */
function refuseClosed({ rdev }: fs.BigIntStats): void {
  if (process.platform !== 'linux' || rdev !== NULL_DEVICE) return;
  let flags: string | undefined;
  try {
    flags = /^flags:\s*(\d+)/m.exec(fs.readFileSync(`/proc/self/fdinfo/${STDOUT}`, 'latin1'))?.[1];
  } catch {
    return;
  }
  if (flags === undefined || (Number.parseInt(flags, 8) & 3) !== fs.constants.O_RDWR) return;
  throw new LogitmillError('OUTPUT_UNWRITABLE', 'standard output is closed', {
    hint: '-o - > FILE, or -o FILE',
  });
}

/** Character device 1, 3. */
const NULL_DEVICE = 0x103n;
