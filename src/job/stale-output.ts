import fs from 'node:fs';
import { openArrowInput } from '../input/open.ts';
import type { RunOptions } from '../options/types.ts';
import { type Provenance, provenanceOf } from '../plan/provenance.ts';

/**
 * Why an output that stands already is not what this call would make, or null where nothing speaks against it: its
 * input was written after it, or it says that it was made in another way. What says nothing of itself is left alone.
 */
export async function staleBecause(
  { input, output }: { input: string; output: string },
  options: RunOptions,
): Promise<string | null> {
  const made = await madeWith(output);
  if (!made) return null;
  const [from, to] = [input, output].map((path) =>
    fs.statSync(path, { bigint: true, throwIfNoEntry: false }),
  );
  if (from && to && from.mtimeNs > to.mtimeNs) return 'its input is newer';
  const differs = Object.entries(differences(made, options)).find(([, isOther]) => isOther);
  return differs ? `it was made with another --${differs[0]}` : null;
}

/** By option; what was not asked for is as the input has it. */
function differences(made: Partial<Provenance>, { op, temperature, dtype, dim }: RunOptions) {
  const isRows = made.dim === 0;
  return {
    op: made.op !== op,
    temperature: made.temperature !== temperature,
    dtype: dtype !== undefined && made.dtype !== dtype,
    // What a negative one comes to, the shape says; the rows are at the other end.
    dim: dim >= 0 ? made.dim !== dim : isRows && dim === -1,
  };
}

async function madeWith(output: string): Promise<Partial<Provenance> | null> {
  try {
    const file = await openArrowInput(output, { inputFormat: undefined, allowMissingEos: false });
    try {
      return provenanceOf(file.schema);
    } finally {
      file.close();
    }
  } catch {
    return null;
  }
}
