import type { CsvProblem } from '../../src/input/csv/problems.ts';

/** Carries what is wrong with a text out of the parser, then, counted from the file's start, out of the task. */
export class CsvProblemFound extends Error {
  constructor(readonly problem: CsvProblem) {
    super(problem.kind);
  }
}
