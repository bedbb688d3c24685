export { type ErrorCode, EXIT_CODES, LogitmillError } from './errors.ts';
export { runJob } from './job/run-job.ts';
export type { Job, Progress } from './job/types.ts';
export { resolveRunOptions } from './options/resolve.ts';
export type { RunOptions } from './options/types.ts';
export { type JobReport, startReport } from './report/job-report.ts';
export type { Summary } from './report/summary.ts';
export { VERSION } from './version.ts';
