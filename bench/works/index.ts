import type { Bench, Work } from '../work.ts';
import { arrowWorks } from './arrow.ts';
import { csvWorks } from './csv.ts';
import { growthWorks } from './growth.ts';
import { smallWorks } from './small.ts';

/** Everything that can be measured, in the order of the report. */
export function allWorks(bench: Bench): Work[] {
  return [...arrowWorks(bench), ...csvWorks(bench), ...smallWorks(bench), ...growthWorks(bench)];
}
