import fs from 'node:fs';
import { LogitmillError } from '../errors.ts';
import { closeQuietly, readFully } from '../io/files.ts';
import { ReportFile } from '../io/report-file.ts';
import type { StandardStream } from '../io/standard-stream.ts';
import { jsonText } from '../report/error-text.ts';

/**
 * Where the machine-readable summary goes: looked at before the work, written once, after it. That it cannot be
 * written then is said, and changes nothing else: the exit code is the work's.
 */
export class SummaryWriter {
  readonly #wish: string | undefined;
  readonly #output: Pick<StandardStream, 'write'>;
  #file: ReportFile | null = null;
  #isOpen = false;
  #isWritten = false;

  /** `wish`: a path, `-` for standard output, or none. */
  constructor(wish: string | undefined, output: Pick<StandardStream, 'write'>) {
    this.#wish = wish;
    this.#output = output;
  }

  /** @throws LogitmillError OUTPUT_UNWRITABLE and others, when it could not be written at the end */
  open(): void {
    if (this.#isOpen) return;
    if (this.#wish !== undefined && this.#wish !== '-') this.#file = new ReportFile(this.#wish, 'summary');
    this.#isOpen = this.#wish !== undefined;
  }

  /**
   * Likewise, for a call that is refused before its paths were looked at: only where nothing stands in its place, or
   * a summary. Never throws.
   */
  openIfHarmless(): void {
    try {
      if (this.#wish === undefined || !isHarmless(this.#wish)) return;
      this.open();
    } catch {
      // Then there is none.
    }
  }

  /** Whether a summary is wanted that is not there yet, and could be written. */
  get isDue(): boolean {
    return this.#isOpen && !this.#isWritten;
  }

  /** Returns why it could not be written, or null. */
  async write(summary: object, signal: AbortSignal): Promise<LogitmillError | null> {
    if (!this.isDue) return null;
    this.#isWritten = true;
    const text = `${jsonText(summary)}\n`;
    if (this.#file === null) {
      this.#output.write(text);
      return null;
    }
    try {
      await this.#file.write(text, signal);
      return null;
    } catch (error) {
      if (error instanceof LogitmillError) return error;
      throw error;
    }
  }
}

/** What a summary begins with. */
const START = '{"schema_version":';

function isHarmless(path: string): boolean {
  const stats = fs.statSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile()) return true;
  const head = new Uint8Array(START.length);
  const fd = fs.openSync(path, 'r');
  try {
    return stats.size === 0 || (readFully(fd, head, 0) > 0 && Buffer.from(head).toString() === START);
  } finally {
    closeQuietly(fd);
  }
}
