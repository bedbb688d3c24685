import { LogitmillError } from '../../src/errors.ts';
import { type MiniOptions, type PieceResult, runMiniJob } from './mini-job.ts';

// The miniature job as a program of its own, with the real thing's shape: piscina's threads write, signals stop it.
// node mini-cli.mjs OPTIONS-AS-JSON; prints a report, exits as logitmill does.
const options: MiniOptions & { threads?: number } = JSON.parse(process.argv[2] ?? '{}');

const abort = new AbortController();
for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () =>
    abort.abort(new LogitmillError('INTERRUPTED', `stopped by ${signal}`, { exitCode })),
  );

async function makeRunner(): Promise<{ run: Parameters<typeof runMiniJob>[1]; end: () => Promise<void> }> {
  if (options.threads === undefined) {
    const { doPiece } = await import('./mini-job.ts');
    return { run: doPiece, end: async () => {} };
  }
  const { Piscina } = await import('piscina');
  const filename = new URL('./mini-worker.mjs', import.meta.url).href;
  const pool = new Piscina({ filename, minThreads: options.threads, maxThreads: options.threads });
  return { run: (piece): Promise<PieceResult> => pool.run(piece), end: () => pool.destroy() };
}

const { run, end } = await makeRunner();
try {
  const report = await runMiniJob(options, run, abort.signal);
  console.log(JSON.stringify(report));
} catch (error) {
  if (!(error instanceof LogitmillError)) throw error;
  console.log(JSON.stringify({ code: error.code, line: error.line, hint: error.hint }));
  process.exitCode = error.exitCode;
} finally {
  await end();
}
