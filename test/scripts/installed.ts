import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface Ran {
  code: number | null;
  stderr: string;
  output: Buffer;
}

/** A copy of what is built, without code caches: those that lie there may be of other flags, or still being written. */
export class Installed {
  readonly folder = mkdtempSync(join(tmpdir(), 'logitmill-installed-'));

  constructor() {
    chmodSync(this.folder, 0o755);
    for (const part of ['dist', 'data', 'scripts']) {
      mkdirSync(join(this.folder, part));
      const wanted = readdirSync(part).filter(
        (name) => part !== 'dist' || !/^bench$|^mini-|\.cache/.test(name),
      );
      for (const name of wanted) cpSync(join(part, name), join(this.folder, part, name), { recursive: true });
    }
    cpSync('package.json', join(this.folder, 'package.json'));
    symlinkSync(resolve('node_modules'), join(this.folder, 'node_modules'));
  }

  get caches(): string[] {
    return readdirSync(join(this.folder, 'dist'))
      .filter((name) => name.includes('.cache'))
      .sort()
      .map((name) => join(this.folder, 'dist', name));
  }

  makeCaches(): void {
    this.node('scripts/write-code-caches.cjs');
  }

  node(...args: string[]): string {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: this.folder,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    return stdout.trim();
  }

  /** A job, by default a small one, which this copy's program does without threads of its own. */
  run({
    input = 'data/digits.arrow',
    options = [] as readonly string[],
    uid = process.getuid?.(),
  } = {}): Ran {
    const output = join(this.folder, 'out', 'probs.arrow');
    mkdirSync(join(this.folder, 'out'), { recursive: true });
    chmodSync(join(this.folder, 'out'), 0o777);
    const args = ['dist/cli.js', 'run', input, '-o', output, '--overwrite', ...options];
    const { status, stderr } = spawnSync(process.execPath, args, {
      ...{ cwd: this.folder, encoding: 'utf8', timeout: 60_000, killSignal: 'SIGKILL' },
      ...(uid === undefined ? {} : { uid }),
    });
    const bytes = status === 0 ? readFileSync(output) : Buffer.alloc(0);
    rmSync(output, { force: true });
    return { code: status, stderr, output: bytes };
  }

  /** Whether V8 has refused the program's cache; `undefined` when it was not even given to it. */
  rejected(): string {
    const program = `require('./dist/index.js'); [...require('./dist/cached-module.js').loaded.values()][0].script.cachedDataRejected`;
    return this.node('-p', program);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
