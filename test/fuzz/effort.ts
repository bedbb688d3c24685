/**
 * How much chance tries: a few cases of fixed seeds in `npm test`, many of new seeds in `npm run test:long`, and any
 * number by hand: `LOGITMILL_FUZZ_CASES=100000 LOGITMILL_FUZZ_SEED=7 npx vitest run test/csv/fuzz.test.ts`. Never for
 * a time, for what is slow must not be tried less.
 */
export interface Effort {
  name: string;
  seed: number;
  cases: number;
  tags: string[];
}

/** By hand there is one; else the few, and the many. */
export function efforts({ seed, few, many }: { seed: number; few: number; many: number }): Effort[] {
  const { LOGITMILL_FUZZ_CASES: cases, LOGITMILL_FUZZ_SEED: chosen } = process.env;
  if (cases !== undefined || chosen !== undefined)
    return [effort('by hand', Number(chosen ?? seed), Number(cases ?? many), [])];
  return [effort('a few', seed, few, []), effort('many', Date.now() % 2 ** 31, many, ['long'])];
}

const effort = (name: string, seed: number, cases: number, tags: string[]): Effort => ({
  name: `${name}: ${cases} from LOGITMILL_FUZZ_SEED=${seed}`,
  ...{ seed, cases, tags },
});
