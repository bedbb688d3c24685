import type { CsvProblem } from '../../src/input/csv/problems.ts';

/** Carries what is wrong with a chunk's text out of the parser; it does not leave the worker as an error. */
export class CsvProblemFound extends Error {
  constructor(readonly problem: CsvProblem) {
    super(problem.kind);
  }
}
