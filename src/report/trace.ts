import { LogitmillError } from '../errors.ts';
import { ReportFile } from '../io/report-file.ts';
import { STAGES, type WorkTimes } from '../tasks/stages.ts';
import { errorFields, errorLines } from './error-text.ts';

/** Collects what every task's time went to, for Perfetto or another viewer of Chrome's trace events. */
export class Trace {
  private readonly file: ReportFile;
  private readonly events: object[] = [];

  /** @throws LogitmillError OUTPUT_UNWRITABLE when it could not be written at the end */
  constructor(file: string) {
    this.file = new ReportFile(file, 'trace');
  }

  add({ thread, spans = [] }: WorkTimes): void {
    for (const [stage, begin, duration] of spans) {
      if (STAGES[stage] === 'other' && duration < 0.01) continue;
      // Trace Event Format, "Complete Events": microseconds.
      this.events.push({
        name: STAGES[stage],
        ph: 'X',
        pid: process.pid,
        tid: thread,
        ts: begin * 1000,
        dur: duration * 1000,
      });
    }
  }

  /** A failure is told, and changes nothing else. */
  async write({ tell, signal }: Teller): Promise<void> {
    const text = JSON.stringify({ traceEvents: this.events, displayTimeUnit: 'ms' });
    try {
      await this.file.write(text, signal);
    } catch (error) {
      if (!(error instanceof LogitmillError)) throw error;
      tell('error', errorLines(error), errorFields(error));
    }
  }
}

interface Teller {
  tell(event: string, lines: readonly string[], fields?: object): void;
  signal: AbortSignal;
}
