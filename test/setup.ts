import { existsSync } from 'node:fs';

/** The tests spawn the built binary and load the built kernels, never stale sources by another route. */
export default function setup(): void {
  if (!existsSync('dist/kernels')) throw new Error('dist/ is missing: run `npm run build` first');
}
