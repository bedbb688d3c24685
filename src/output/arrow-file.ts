import { readFully, writeFully } from '../files.ts';
import type { Plan } from '../plan/plan.ts';

/** Writes what belongs to no batch: magic and schema, dictionaries as they stand in the input, footer. */
export function writeEnds(output: number, input: number, plan: Plan): void {
  writeFully(output, plan.start, 0);
  for (const { from, to } of plan.dictionaries)
    copyBytes(input, output, from, to.offset, to.metadataLength + to.bodyLength);
  writeFully(output, plan.end(), plan.endOffset);
}

/** Writes the header again of every batch with null rows: only its numbers change, not its length. */
export function writePatches(output: number, plan: Plan, nullsByBatch: ReadonlyMap<number, number>): void {
  for (const [batch, rows] of nullsByBatch)
    writeFully(output, plan.header(batch, rows), plan.block(batch).offset);
}

function copyBytes(input: number, output: number, from: number, to: number, length: number): void {
  const buffer = new Uint8Array(Math.min(length, 2 ** 20));
  for (let done = 0; done < length; ) {
    const part = buffer.subarray(0, Math.min(buffer.length, length - done));
    const read = readFully(input, part, from + done);
    writeFully(output, part.subarray(0, read), to + done);
    done += part.length;
  }
}
