import { describe, expect, test } from 'vitest';
import { describeCsv } from '../../src/input/csv/describe.ts';
import { atOnce } from '../../src/io/steps.ts';
import { planCsvFile } from '../../src/plan/csv.ts';
import { readDescribed } from '../csv/support.ts';
import { type TextFile, textFile } from './files.ts';
import { followAll, optionsOf } from './follow.ts';

/** About as many as there are pairs of what a file can have. */
const SEEDS = 1200;

interface Read {
  names: string[];
  rows: (number | null)[][];
}

/** What a run with these words would take, and read. */
function readWith(text: string, words: string[]): Read {
  const options = optionsOf(words);
  const bytes = Buffer.from(text);
  const description = describeCsv((size) => bytes.subarray(0, size), { ...options, file: 'in.csv' });
  const size = bytes.length;
  const input = { format: 'csv', kind: 'text', path: 'in.csv', size, description, source: null } as const;
  const plan = atOnce(planCsvFile(input, { ...options, toPipe: false, build: 'baseline' }));
  const { rows } = readDescribed(bytes, description, {
    logits: [...plan.logits.columns],
    keep: [],
    dtype: 'float64',
  });
  return { names: plan.taken.names, rows: rows.map(({ logits }) => logits as (number | null)[]) };
}

/** What is wrong with how the file is treated; nothing as a rule. */
function faults({ text, truth, never, what }: TextFile): string[] {
  const found: string[] = [];
  const offered = new Set<string>();
  const outcomes = followAll((words) => {
    for (const [at, word] of words.entries())
      if (words[at - 1] === '--columns')
        for (const name of never) if (word.split(',').includes(name)) offered.add(name);
    return readWith(text, words);
  });
  for (const name of offered) found.push(`offers ${name}`);
  const right = outcomes.filter((outcome) => 'done' in outcome && isTrue(outcome.done, truth));
  const wrong = outcomes.filter((outcome) => 'done' in outcome && !isTrue(outcome.done, truth));
  const isOpen = outcomes.some((outcome) => 'stopped' in outcome);
  // Where one way is printed alone, it is the right one; among several, the right one is, or they are left open.
  if (wrong.length > 0 && right.length === 0 && !(isOpen && outcomes.length > 2))
    found.push(
      `leads to ${JSON.stringify(wrong.map(({ words, ...rest }) => [words, 'done' in rest && rest.done.names]))}`,
    );
  return found.map((fault) => `${fault}\n${what}\n${text}`);
}

function isTrue(read: Read, truth: TextFile['truth']): boolean {
  return truth !== null && JSON.stringify(read) === JSON.stringify(truth);
}

describe('texts as people have them', () => {
  test('what is printed, followed to the letter, never leads to wrong numbers', () => {
    const wrong = Array.from({ length: SEEDS }, (_, seed) => faults(textFile(seed))).flat();
    expect(wrong.slice(0, 3).join('\n\n'), `${wrong.length} of ${SEEDS}`).toBe('');
  });
});
