import { threadId } from 'node:worker_threads';
import { STAGES, type Stage, type WorkTimes } from '../src/tasks/stages.ts';

const indexOf = Object.fromEntries(STAGES.map((stage, index) => [stage, index])) as Record<Stage, number>;

/** Tells where a task's time goes. A stage within another one stops the outer one's clock. */
class StageClock {
  private stages = STAGES.map(() => 0);
  private spans: WorkTimes['spans'];
  private stage = indexOf.other;
  private since = 0;

  /** @param isTraced keeps each single span, for a trace */
  begin(isTraced: boolean): void {
    this.stages = STAGES.map(() => 0);
    this.spans = isTraced ? [] : undefined;
    this.stage = indexOf.other;
    this.since = performance.now();
  }

  during<T>(stage: Stage, work: () => T): T {
    const outer = this.stage;
    this.turnTo(indexOf[stage]);
    try {
      return work();
    } finally {
      this.turnTo(outer);
    }
  }

  end(): WorkTimes {
    this.turnTo(indexOf.other);
    const { stages, spans } = this;
    return { thread: threadId, stages, ...(spans && { spans }) };
  }

  private turnTo(stage: number): void {
    const now = performance.now();
    this.stages[this.stage] += now - this.since;
    this.spans?.push([this.stage, performance.timeOrigin + this.since, now - this.since]);
    this.stage = stage;
    this.since = now;
  }
}

/** One a thread: a worker does one task at a time. */
export const stageClock = new StageClock();
