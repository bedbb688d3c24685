import type { CommandContext } from '../commands/context.ts';
import type { Progress } from '../job.ts';
import type { ReportOptions } from '../options/types.ts';
import { bytesText } from './human.ts';

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
  { tell, terminal }: Pick<CommandContext, 'tell' | 'terminal'>,
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
      format: 'logitmill {bar} {percentage}% {rate}/s, {left} left',
      barCompleteChar: '=',
      barIncompleteChar: ' ',
      hideCursor: true,
      clearOnComplete: true,
      fps: 5,
      stream: process.stderr,
    });
    bar.start(latest.bytesTotal, latest.bytesDone, timing(latest, start));
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

function lineView(tell: CommandContext['tell']): ProgressView {
  const start = performance.now();
  let last = start;
  return {
    update(progress) {
      const now = performance.now();
      if (now - last < LINE_EVERY_MS) return;
      last = now;
      const { rate, left } = timing(progress, start);
      const percent = Math.floor((100 * progress.bytesDone) / Math.max(1, progress.bytesTotal));
      const { bytesDone: bytes_done, bytesTotal: bytes_total, rowsDone: rows_done } = progress;
      tell('progress', [`${percent} %, ${rate}/s, ${left} left`], { bytes_done, bytes_total, rows_done });
    },
    stop() {},
  };
}

function timing(progress: Progress, start: number): { rate: string; left: string } {
  const seconds = Math.max(1e-3, (performance.now() - start) / 1000);
  const rate = progress.bytesDone / seconds;
  const left = (progress.bytesTotal - progress.bytesDone) / Math.max(1, rate);
  return {
    rate: bytesText(rate),
    left: left >= 90 ? `${Math.round(left / 60)} min` : `${Math.round(left)} s`,
  };
}
