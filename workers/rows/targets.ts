import type { Piece } from '../../src/layout/pieces.ts';
import type { TransformTask } from '../../src/tasks/task.ts';
import type { WorkerContext } from '../context.ts';
import type { InputPart, OutputPart } from '../io/files.ts';
import { writeOutput } from '../io/files.ts';
import type { Pass } from './pass.ts';
import type { Tally } from './tally.ts';

/** A task whose files may be parts of them that lie in memory. */
export type PlacedTask = Omit<TransformTask, 'kind' | 'input' | 'output' | 'inflation' | 'emission'> & {
  input: InputPart;
  output: OutputPart;
};

export function writeTargets(
  { output }: Pick<PlacedTask, 'output'>,
  piece: Piece,
  pass: Pass,
  { bytes }: WorkerContext,
  tally: Tally,
): void {
  const write = (address: number, length: number, position: number): void => {
    writeOutput(output, bytes.subarray(address, address + length), position);
    tally.result.outputBytes += length;
  };
  const results = [
    [piece.probs, pass.probs],
    [piece.logProbs, pass.logProbs],
  ] as const;
  for (const [positions, area] of results) {
    if (!positions || !area) continue;
    const step = (piece.rowInBatch + pass.row) * area.rowBytes;
    for (let column = 0; column < positions.length; column++) {
      write(area.address + column * area.stride, area.runBytes, positions[column] + step);
    }
  }
}
