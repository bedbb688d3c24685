import fs from 'node:fs';
import path from 'node:path';
import { type Bench, Unavailable, type Work } from './work.ts';

/** Besides inputs and outputs. */
const SPARE_BYTES = 2 ** 30;

export function inputPaths({ inputs, place }: Work, { folders }: Bench): string[] {
  return inputs.map(({ name }) => path.join(folders[place], name));
}

/** The inputs that stand in the folders: made when a work first wants them, removed when no later one does. */
export class MadeInputs {
  private readonly bench: Bench;
  private readonly files = new Set<string>();

  constructor(bench: Bench) {
    this.bench = bench;
  }

  /** @throws Unavailable when there is no room for a work's inputs and outputs */
  async make(work: Work): Promise<string[]> {
    const paths = inputPaths(work, this.bench);
    if (!paths.every((file) => this.files.has(file))) this.checkRoom(work);
    for (const [index, file] of paths.entries()) {
      if (this.files.has(file)) continue;
      fs.rmSync(file, { recursive: true, force: true });
      this.files.add(file);
      await work.inputs[index].make(file, this.bench);
    }
    return paths;
  }

  /** Two outputs as large as the largest input: both ops, or results that are wider than the text was. */
  private checkRoom({ inputs, place }: Work): void {
    const sizes = inputs.map(({ bytes }) => bytes);
    const need = sizes.reduce((sum, size) => sum + size, 2 * Math.max(...sizes)) + SPARE_BYTES;
    const { bavail, bsize } = fs.statfsSync(this.bench.folders[place]);
    if (bavail * bsize < need)
      throw new Unavailable(
        `it needs ${(need / 2 ** 30).toFixed(1)} GiB of ${place === 'memory' ? 'memory' : 'disk'}`,
      );
  }

  /** However the process ends, but for SIGKILL. */
  removeAtExit(): void {
    process.once('exit', () => this.keepFor([]));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => process.exit(1));
  }

  /** Removes what none of `works` needs. */
  keepFor(works: readonly Work[]): void {
    const needed = new Set(works.flatMap((work) => inputPaths(work, this.bench)));
    for (const file of this.files) {
      if (needed.has(file)) continue;
      fs.rmSync(file, { recursive: true, force: true });
      this.files.delete(file);
    }
  }
}
