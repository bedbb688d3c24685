import type { Progress } from '../job/types.ts';
import type { ReportOptions } from '../options/types.ts';
import { bytesText } from './human.ts';
import type { Tell } from './tell.ts';
import { terminalColumns } from './terminal.ts';

export interface ProgressView {
  update(progress: Progress): void;
  stop(): void;
}

const LINE_EVERY_MS = 10_000;
/** A job that ends sooner shows no progress. */
const SILENT_MS = 500;

/** A bar on a terminal, a line now and then elsewhere, or nothing. */
export async function startProgress(
  wishes: ReportOptions,
  { tell, terminal }: { tell: Tell; terminal: boolean },
): Promise<ProgressView> {
  if (wishes.quiet || wishes.progress === 'never') return { update() {}, stop() {} };
  if (terminal && wishes.logFormat === 'text') return barView();
  return lineView(tell);
}

function barView(): ProgressView {
  const start = performance.now();
  let latest: Progress | undefined;
  let bar: import('cli-progress').SingleBar | undefined;
  let stopped = false;
  const open = async (): Promise<void> => {
    const { SingleBar } = await import('cli-progress');
    if (stopped || !latest) return;
    bar = new SingleBar({
      format:
        latest.bytesTotal === null
          ? 'logitmill {done}, {rate}/s'
          : 'logitmill {bar} {percentage}% {rate}/s, {left} left',
      // Beside the bar stand a name, a percentage, a rate and what is left.
      barsize: Math.max(5, Math.min(40, (terminalColumns() ?? 80) - 42)),
      barCompleteChar: '=',
      barIncompleteChar: ' ',
      hideCursor: true,
      clearOnComplete: true,
      fps: 5,
      stream: process.stderr,
    });
    bar.start(latest.bytesTotal ?? 1, latest.bytesDone, timing(latest, start));
  };
  const timer = setTimeout(open, SILENT_MS);
  return {
    update(progress) {
      latest = progress;
      bar?.update(progress.bytesDone, timing(progress, start));
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      bar?.stop();
    },
  };
}

function lineView(tell: Tell): ProgressView {
  const start = performance.now();
  let last = start;
  return {
    update(progress) {
      const now = performance.now();
      if (now - last < LINE_EVERY_MS) return;
      last = now;
      const { bytesDone: bytes_done, bytesTotal: bytes_total, rowsDone: rows_done } = progress;
      const { rate, left, done } = timing(progress, start);
      const text =
        bytes_total === null
          ? `${done}, ${rate}/s`
          : `${Math.floor((100 * bytes_done) / Math.max(1, bytes_total))} %, ${rate}/s, ${left} left`;
      tell('progress', [text], { bytes_done, bytes_total, rows_done });
    },
    stop() {},
  };
}

function timing(progress: Progress, start: number): { done: string; rate: string; left: string } {
  const seconds = Math.max(1e-3, (performance.now() - start) / 1000);
  const rate = progress.bytesDone / seconds;
  const left = ((progress.bytesTotal ?? 0) - progress.bytesDone) / Math.max(1, rate);
  return {
    done: bytesText(progress.bytesDone),
    rate: bytesText(rate),
    left: left >= 90 ? `${Math.round(left / 60)} min` : `${Math.round(left)} s`,
  };
}
