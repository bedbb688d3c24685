import { describe, expect, it } from 'vitest';
import type { LogitmillError } from '../../src/errors.ts';
import type { CsvDescription } from '../../src/input/csv/types.ts';
import type { Dtype } from '../../src/options/types.ts';
import { efforts } from '../fuzz/effort.ts';
import { readPlainly } from './plain-reader.ts';
import { damage, Random, type RandomDocument, randomDocument } from './random-document.ts';
import { BUILDS, describeText, type ReadDocument, readDescribed, type Value } from './support.ts';

/** To run one document of a seed again. */
const ONLY = process.env.LOGITMILL_FUZZ_DOCUMENT;

/** What the sample says; a damaged one, or one whose first row may be names or numbers, must be refused in so many words. */
function tryToDescribe(document: RandomDocument, text: string, label: string): CsvDescription | undefined {
  try {
    return describeText(text, document);
  } catch (error) {
    expect((error as LogitmillError).code, `${label}: ${(error as Error).stack}`).toMatch(
      /^(BAD_|INPUT_|AMBIGUOUS_COLUMNS$)/,
    );
    return undefined;
  }
}

/** Both readers' answers to a document must be the same, however it is cut. */
function compare(random: Random, document: RandomDocument, damaged: boolean, label: string): void {
  // As the walk meets it: described from a sample that is in order, and broken further on.
  const description = tryToDescribe(document, document.text, label);
  if (!description || description.columns.length !== document.width) return;
  let bytes = Buffer.from(document.text);
  if (damaged) {
    const rest = damage(random, document, bytes.subarray(description.dataOffset).toString());
    bytes = Buffer.concat([bytes.subarray(0, description.dataOffset), Buffer.from(rest)]);
    tryToDescribe(document, bytes.toString(), label);
  }
  const options = {
    ...document,
    dtype: random.pick<Dtype>(['float32', 'float32', 'float64', 'float16']),
    maskNulls: random.chance(0.5),
    build: random.pick(BUILDS),
  };
  const wanted = readPlainly(bytes.subarray(description.dataOffset).toString(), description, options);
  const cuts: (number | number[])[] = [4096 + random.below(8192), 2 ** 20];
  if (bytes.length < 400) {
    cuts.push(1, 2, 3, 7);
    for (let cut = description.dataOffset + 1; cut < bytes.length; cut++) cuts.push([cut]);
  } else cuts.push(64 + random.below(1000));
  for (const chunks of cuts) {
    const rowsAtOnce = random.chance(0.3) ? 1 + random.below(20) : Infinity;
    let got: ReadDocument | string;
    try {
      got = readDescribed(bytes, description, { ...options, chunks, rowsAtOnce });
    } catch (error) {
      const { message, code, stack } = error as LogitmillError;
      expect(code, `${label}: ${stack}`).toMatch(/^BAD_/);
      got = /^line \d+ \(row \d+\)/.exec(message)?.[0] ?? message;
    }
    if (typeof got === 'string' || typeof wanted === 'string' || !sameRows(got, wanted)) {
      const where = `${label}, ${options.dtype}, chunks ${chunks}, rows at once ${rowsAtOnce}`;
      expect(got, `${where}, ${JSON.stringify(bytes.toString().slice(0, 1000))}`).toEqual(wanted);
    }
  }
}

function sameRows(a: ReadDocument, b: ReadDocument): boolean {
  const same = (x: readonly Value[], y: readonly Value[]) =>
    x.length === y.length && x.every((value, i) => Object.is(value, y[i]));
  return (
    a.rows.length === b.rows.length &&
    a.rows.every((row, i) => same(row.logits, b.rows[i].logits) && same(row.passed, b.rows[i].passed))
  );
}

describe('reads random documents as a plain reader does', () => {
  for (const { name, seed, cases, tags } of efforts({ seed: 20261128, few: 60, many: 2500 }))
    it(name, { tags, timeout: 1000 * cases }, () => {
      const first = Number(ONLY ?? 0);
      const last = ONLY === undefined ? cases : first + 1;
      for (let i = first; i < last; i++) {
        const random = new Random(seed + i);
        const document = randomDocument(
          random,
          random.pick([40, 60, 100, 150, 200, 250, 300, 300, 20_000, 60_000]),
        );
        compare(
          random,
          document,
          random.chance(0.4),
          `LOGITMILL_FUZZ_SEED=${seed} LOGITMILL_FUZZ_DOCUMENT=${i}`,
        );
      }
    });
});
