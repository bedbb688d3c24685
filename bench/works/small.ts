import path from 'node:path';
import { type Bench, type Contestant, logitmill, peer, type Work } from '../work.ts';
import { arrowInput, folderInput, probabilities } from './inputs.ts';

/** What a job costs that has next to nothing to do, and what it costs to look at results again. */
export function smallWorks({ scale }: Bench): Work[] {
  const digits = arrowInput({ classes: 10, bytes: 1797 * 40 });
  const files = Math.max(2, Math.round(200 * Math.min(1, scale)));
  const folder = folderInput(files, 1797);
  const large = arrowInput({ classes: 1000, bytes: 2 ** 30 * scale });
  return [
    {
      name: 'small',
      title: 'A job of 1,797 rows x 10',
      ...{ place: 'memory', quick: true, inputs: [digits], bytes: digits.bytes },
      contestants: ([input], bench) => [
        logitmill(bench, 'memory', input),
        { name: 'node -e 0', command: [bench.nodes[0].program, '-e', '0'], creates: [] },
        ...peer(bench, 'memory', 'numpy_stream', input),
        ...peer(bench, 'memory', 'pytorch_stream', input),
      ],
    },
    {
      name: 'folder',
      title: `A folder of ${files} files of 1,797 rows x 10`,
      ...{ place: 'memory', quick: true, inputs: [folder], bytes: folder.bytes },
      contestants: ([input], bench) => [
        logitmill(bench, 'memory', input),
        copyFolder(bench, input),
        ...peer(bench, 'memory', 'numpy_stream', input),
        ...peer(bench, 'memory', 'pytorch_stream', input),
      ],
    },
    {
      name: 'validate',
      title: 'validate, float32 x 1000',
      ...{ place: 'memory', quick: true, inputs: [large, probabilities(large)], bytes: large.bytes },
      contestants: ([logits, stored], bench) => [
        {
          name: 'logitmill validate',
          command: [bench.nodes[0].program, 'dist/cli.js', 'validate', stored, '--quiet'],
          creates: [],
        },
        { name: 'cat > /dev/null', command: ['cat', stored], creates: [] },
        logitmill(bench, 'memory', logits, [], { name: 'logitmill run' }),
      ],
    },
  ];
}

function copyFolder(bench: Bench, folder: string): Contestant {
  const output = path.join(bench.folders.memory, 'copy-out');
  return { name: 'cp -r', command: ['cp', '-r', folder, output], creates: [output] };
}
