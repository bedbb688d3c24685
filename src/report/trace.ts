import fs from 'node:fs';
import { LogitmillError } from '../errors.ts';
import { STAGES, type WorkTimes } from '../tasks/stages.ts';

/** Collects what every task's time went to, for Perfetto or another viewer of Chrome's trace events. */
export class Trace {
  private readonly file: string;
  private readonly events: object[] = [];

  constructor(file: string) {
    this.file = file;
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

  /** @throws LogitmillError OUTPUT_UNWRITABLE */
  write(): void {
    try {
      fs.writeFileSync(this.file, JSON.stringify({ traceEvents: this.events, displayTimeUnit: 'ms' }));
    } catch (cause) {
      throw new LogitmillError(
        'OUTPUT_UNWRITABLE',
        `the trace cannot be written: ${cause instanceof Error ? cause.message : cause}`,
        { file: this.file, cause },
      );
    }
  }
}
