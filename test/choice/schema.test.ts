import { expect, test } from 'vitest';
import { chooseLogits } from '../../src/plan/logits.ts';
import { followAll, optionsOf } from './follow.ts';
import { type SchemaCase, schemaCase } from './schemas.ts';

const SEEDS = 3000;

/** What is wrong with how the schema is treated; nothing as a rule. */
function faults({ schema, truth, needs, never, what }: SchemaCase): string[] {
  const found: string[] = [];
  const outcomes = followAll((words) => {
    for (const name of never)
      if (words.some((word) => word.split(',').includes(name))) found.push(`offers ${name} (${words})`);
    const { columns } = chooseLogits(schema, optionsOf(words), 'in.arrow');
    return columns.map((column) => schema.fields[column]?.name);
  });
  const isRight = ({ done, words }: { done: unknown; words: string[] }): boolean =>
    JSON.stringify(done) === JSON.stringify(truth) && needs.every((option) => words.includes(option));
  const done = outcomes.flatMap((outcome) => ('done' in outcome ? [outcome] : []));
  const isOpen = outcomes.some((outcome) => 'stopped' in outcome);
  const wrong = done.filter((outcome) => !isRight(outcome));
  if (wrong.length > 0 && wrong.length === done.length && !isOpen)
    found.push(`leads to ${JSON.stringify(wrong.map(({ words, done: names }) => [words, names]))}`);
  if (wrong.some(({ words }) => words.length === 0)) found.push(`takes ${JSON.stringify(wrong[0]?.done)}`);
  return found.map((fault) => `${fault}\n${what}`);
}

test('schemas as tools write them: what is printed, followed to the letter, never leads to wrong numbers', () => {
  const wrong = Array.from({ length: SEEDS }, (_, seed) => faults(schemaCase(seed))).flat();
  expect(wrong.slice(0, 8).join('\n\n'), `${wrong.length} of ${SEEDS}`).toBe('');
});
