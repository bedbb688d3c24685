import { expect, it } from 'vitest';
import type { LogitmillError } from '../../src/errors.ts';
import type { Dtype } from '../../src/options/types.ts';
import { readPlainly } from './plain-reader.ts';
import { damage, Random, type RandomDocument, randomDocument } from './random-document.ts';
import { describeText, type ReadDocument, readDocument } from './support.ts';

const SECONDS = Number(process.env.LOGITMILL_FUZZ_SECONDS ?? 8);
const SEED = Number(process.env.LOGITMILL_FUZZ_SEED ?? Date.now() % 2 ** 31);

/** Both readers' answers to a document must be the same, however it is cut. */
function compare(random: Random, document: RandomDocument, text: string, label: string): void {
  const bytes = Buffer.from(text);
  const options = {
    delimiter: document.delimiter,
    quote: document.quote,
    nullValues: document.nullValues,
    logits: document.logits,
    keep: document.keep,
    dtype: random.pick<Dtype>(['float32', 'float32', 'float64', 'float16']),
  };
  let description: ReturnType<typeof describeText>;
  try {
    description = describeText(bytes, options);
  } catch (error) {
    expect((error as LogitmillError).code, label).toMatch(/^(BAD_|INPUT_)/);
    return;
  }
  const width = description.columns.length;
  if (document.logits.some((i) => i >= width) || document.keep.some((i) => i >= width)) return;
  const wanted = readPlainly(bytes.subarray(description.dataOffset).toString(), description, options);
  const cuts: (number | number[])[] = [4096 + random.below(8192), 2 ** 20];
  if (bytes.length < 400) {
    cuts.push(1, 2, 3, 7);
    for (let cut = description.dataOffset + 1; cut < bytes.length; cut++) cuts.push([cut]);
  } else cuts.push(64 + random.below(1000));
  for (const chunks of cuts) {
    const rowsAtOnce = random.chance(0.3) ? 1 + random.below(20) : Infinity;
    const where = `${label}, chunks ${chunks}, rows at once ${rowsAtOnce}, ${JSON.stringify(text.slice(0, 400))}`;
    let got: ReadDocument | string;
    try {
      got = readDocument(bytes, { ...options, chunks, rowsAtOnce });
    } catch (error) {
      const { message, code } = error as LogitmillError;
      expect(code, `${where}: ${message} ${(error as Error).stack}`).toMatch(/^BAD_/);
      got = /^line \d+ \(row \d+\)/.exec(message)?.[0] ?? message;
    }
    expect(got, where).toEqual(wanted);
  }
}

it(`reads random documents as a plain reader does (LOGITMILL_FUZZ_SEED=${SEED})`, () => {
  const end = Date.now() + SECONDS * 1000;
  for (let i = 0; Date.now() < end; i++) {
    const random = new Random(SEED + i);
    const document = randomDocument(random, random.pick([40, 100, 200, 300, 20_000, 60_000]));
    const text = random.chance(0.4) ? damage(random, document) : document.text;
    compare(random, document, text, `seed ${SEED}, document ${i}`);
  }
});
