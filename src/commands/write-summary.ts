import fs from 'node:fs';
import { LogitmillError } from '../errors.ts';
import type { CommandContext } from './context.ts';

/** @throws LogitmillError OUTPUT_UNWRITABLE */
export function writeSummary(
  file: string | undefined,
  summary: object,
  { print }: Pick<CommandContext, 'print'>,
): void {
  if (file === undefined) return;
  const text = `${JSON.stringify(summary)}\n`;
  if (file === '-') {
    print(text);
    return;
  }
  try {
    fs.writeFileSync(file, text);
  } catch (cause) {
    throw new LogitmillError(
      'OUTPUT_UNWRITABLE',
      `the summary cannot be written: ${cause instanceof Error ? cause.message : cause}`,
      { file, cause },
    );
  }
}
