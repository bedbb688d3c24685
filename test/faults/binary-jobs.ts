import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { assemble, buildFile, field, fixedSizeList } from '../arrow/build.ts';
import { fastFolder } from './fast-folder.ts';
import { FAST_CLOCK, type KillableJob, runJob } from './kill.ts';

const CLI = resolve('dist/cli.js');

export interface BinaryJob extends KillableJob {
  folder: string;
}

/** Jobs for the real program: each kind of input, and what `run` makes of it when nothing goes wrong. */
export class BinaryJobs {
  readonly #root = mkdtempSync(join(fastFolder(), 'logitmill-binary-'));
  readonly #expected = new Map<string, Buffer>();
  #count = 0;

  /** Decimals and nothing else, with a NaN in each of `invalid`. */
  csv(rows: number, columns: number, invalid: number[] = []): string {
    const path = join(this.#root, `input-${this.#count++}.csv`);
    let state = 1;
    const cell = (): string => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return (state / 2 ** 28).toFixed(4);
    };
    const lines = [Array.from({ length: columns }, (_, at) => `logit_${at}`).join()];
    for (let row = 0; row < rows; row++) {
      const cells = Array.from({ length: columns }, cell);
      if (invalid.includes(row)) cells[0] = 'nan';
      lines.push(cells.join());
    }
    writeFileSync(path, `${lines.join('\n')}\n`);
    return path;
  }

  /** An Arrow file with one column a class, or with one list. */
  async arrow(rows: number, columns: number, layout: 'wide' | 'list' = 'wide'): Promise<string> {
    const path = join(this.#root, `input-${this.#count++}.arrow`);
    const args = [CLI, 'run', this.csv(rows, columns), '-o', path, '--layout', layout, '--quiet'];
    const { code, stderr } = await runJob({ args });
    if (code !== 0) throw new Error(stderr);
    return path;
  }

  /** An Arrow file with a list, made from another, with compressed batches. */
  async packed(file: string): Promise<string> {
    const path = join(this.#root, `input-${this.#count++}.arrow`);
    const list = ['--force-input', '--column', 'probs', '--keep', 'none', '--compression', 'zstd'];
    const { code, stderr } = await runJob({ args: [CLI, 'run', file, '-o', path, ...list, '--quiet'] });
    if (code !== 0) throw new Error(stderr);
    return path;
  }

  /** The stream that an Arrow file contains, in a file. */
  stream(file: string): string {
    const path = join(this.#root, `input-${this.#count++}.arrows`);
    const bytes = readFileSync(file);
    writeFileSync(path, bytes.subarray(8, bytes.length - 10 - bytes.readInt32LE(bytes.length - 10)));
    return path;
  }

  /** An Arrow file of many batches of a row, with a text that passes through. */
  tinyBatches(batches: number, classes: number): string {
    const path = join(this.#root, `input-${this.#count++}.arrow`);
    const schema = {
      fields: [field('text', { id: 'utf8' }), fixedSizeList('logits', classes)],
      metadata: [],
    };
    const row = (batch: number) => {
      const text = Buffer.from(`row ${batch}`);
      const logits = Float32Array.from({ length: classes }, (_, at) => Math.sin(batch * classes + at) * 6);
      const offsets = Int32Array.of(0, text.length);
      return assemble(
        1,
        [1, 0, 1, 0, classes, 0],
        [null, offsets, Uint8Array.from(text), null, null, logits],
      );
    };
    writeFileSync(path, buildFile({ schema, batches: Array.from({ length: batches }, (_, at) => row(at)) }));
    return path;
  }

  /** The same arguments give the same bytes, so the run that shows which ones is made once. */
  async job(args: readonly string[], options: { old?: string; clock?: boolean } = {}): Promise<BinaryJob> {
    const key = args.join('\n');
    let expected = this.#expected.get(key);
    if (expected === undefined) {
      const job = this.#make(args, Buffer.alloc(0), {});
      const { code, stderr } = await runJob(job);
      if (code !== 0) throw new Error(stderr);
      expected = readFileSync(job.output);
      this.#expected.set(key, expected);
    }
    return this.#make(args, expected, options);
  }

  #make(
    args: readonly string[],
    expected: Buffer,
    { old, clock = true }: { old?: string; clock?: boolean },
  ): BinaryJob {
    const folder = join(this.#root, `job-${this.#count++}`);
    mkdirSync(folder);
    const output = join(folder, 'out.arrow');
    if (old !== undefined) writeFileSync(output, old);
    return {
      folder,
      args: [
        CLI,
        'run',
        ...args,
        '-o',
        output,
        '--summary',
        '-',
        ...(old === undefined ? [] : ['--overwrite']),
      ],
      env: clock ? FAST_CLOCK : {},
      output,
      expected,
      old: old === undefined ? null : Buffer.from(old),
      saysResumed: (stdout) => JSON.parse(stdout).resumed === true,
    };
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}
