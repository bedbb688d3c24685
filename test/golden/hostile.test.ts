import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesBelow, logitmill, temporaryFolder } from '../cli/run.ts';
import { readCases } from './expected.ts';

const cases = readCases('data/hostile');
/** Against hanging alone, and so far above what any of them takes. */
const KILL_AFTER = 60_000;
/** Above what the process takes for a small good file, below what any lie about sizes asks for. */
const MEMORY_LIMIT = 200e6;

describe('data/hostile', () => {
  test('holds cases', () => expect(cases.length).toBeGreaterThan(50));

  // Every fourth is done by `npm test` too.
  for (const [index, { name, input, expected }] of cases.entries())
    test(name, { tags: index % 4 === 0 ? [] : ['long'] }, async () => {
      const folder = temporaryFolder();
      const summaryFile = path.join(folder, 'summary.json');
      const args = ['run', input, '-o', path.join(folder, 'out.arrow'), '--summary', summaryFile];
      const { code, signal, stdout, stderr } = await logitmill([...args, ...(expected.args ?? [])], {
        timeout: KILL_AFTER,
      });

      expect(signal, 'killed because it hung').toBeNull();
      expect(code, stderr).toBe(expected.exitCode);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/^logitmill: .+\n(try: .+\n)?(see logitmill run --help\n)?$/);
      expect(stderr).toContain(path.basename(input));
      expect(stderr).toMatch(new RegExp(expected.message ?? '', 's'));
      const summary = JSON.parse(fs.readFileSync(summaryFile, 'utf8'));
      expect(summary.status).toBe('failed');
      expect(summary.error.code).toMatch(new RegExp(`^(${expected.error})$`));
      expect(summary.peak_rss_bytes).toBeGreaterThan(0);
      expect(summary.peak_rss_bytes).toBeLessThan(MEMORY_LIMIT);
      expect(filesBelow(folder)).toEqual(['summary.json']);
    });
});
