import { measure } from '../measure.ts';
import { Unavailable } from '../work.ts';

/** Runs a command that makes an input. */
export async function run(command: readonly string[]): Promise<void> {
  const { code, stderr } = await measure({ command });
  if (code !== 0) throw new Unavailable(stderr.trim().split('\n')[0] || `exit code ${code}`);
}
