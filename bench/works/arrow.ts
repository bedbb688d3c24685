import { type Bench, copy, type Input, logitmill, peer, type Work } from '../work.ts';
import { type ArrowOptions, arrowInput, compressedInput } from './inputs.ts';

const GIBIBYTE = 2 ** 30;

/** Files of one list or wide form each, in memory, against a copy and against scripts around libraries. */
export function arrowWorks({ scale }: Bench): Work[] {
  const bytes = GIBIBYTE * scale;
  const list = (classes: number, options: Partial<ArrowOptions> = {}): Input =>
    arrowInput({ classes, bytes, ...options });
  const scripts = ['pytorch_stream', 'numpy_stream'];
  return [
    {
      ...work('list-1000', 'Arrow list, float32 x 1000', list(1000)),
      quick: true,
      contestants: against(['pytorch_stream', 'pytorch_whole', 'numpy_stream', 'polars_list']),
    },
    { ...work('list-10', 'Arrow list, float32 x 10', list(10)), quick: true, contestants: against(scripts) },
    { ...work('list-128256', 'Arrow list, float32 x 128,256', list(128256)), contestants: against(scripts) },
    {
      ...work('float16', 'Arrow list, float16 x 1000', list(1000, { dtype: 'float16' })),
      contestants: against(scripts),
    },
    {
      ...work('float64', 'Arrow list, float64 x 1000', list(1000, { dtype: 'float64' })),
      contestants: against(scripts),
    },
    {
      ...work(
        'wide-100',
        'Arrow wide, 100 float32 columns x 2 M',
        arrowInput({ classes: 100, bytes: 800e6 * scale, layout: 'wide' }),
      ),
      quick: true,
      contestants: against(['polars_wide', 'pytorch_wide']),
    },
    compressed(list(1000, { coarse: true })),
    {
      ...work('log-softmax', 'Arrow list, float32 x 1000, log_softmax', list(1000)),
      contestants: against(['pytorch_stream'], ['--op', 'log_softmax']),
    },
    {
      ...work('both', '--op both against one op, float32 x 1000', list(1000)),
      quick: true,
      contestants: ([input], bench) => [
        logitmill(bench, 'memory', input, ['--op', 'both'], { name: 'logitmill both' }),
        logitmill(bench, 'memory', input, [], { name: 'logitmill softmax' }),
        ...peer(bench, 'memory', 'pytorch_stream', input, ['both']),
      ],
    },
    {
      ...work('dim-0', '--dim 0 against --dim 1, float32 x 1000', list(1000)),
      quick: true,
      contestants: ([input], bench) => [
        logitmill(bench, 'memory', input, ['--dim', '0'], { name: 'logitmill dim 0' }),
        logitmill(bench, 'memory', input, ['--dim', '1'], { name: 'logitmill dim 1' }),
        ...peer(bench, 'memory', 'pytorch_dim0', input),
      ],
    },
    {
      name: 'disk',
      title: 'Arrow list, float32 x 1000, on disk, everything durable',
      place: 'disk',
      inputs: [list(1000)],
      bytes: list(1000).bytes,
      contestants: ([input], bench) => [
        logitmill(bench, 'disk', input),
        copy(bench, 'disk', input, { durable: true }),
      ],
    },
    {
      name: 'disk-8gib',
      title: 'Arrow list, float32 x 1000, 8 GiB on disk, everything durable',
      place: 'disk',
      huge: true,
      inputs: [arrowInput({ classes: 1000, bytes: 8 * bytes })],
      bytes: 8 * bytes,
      contestants: ([input], bench) => [
        logitmill(bench, 'disk', input),
        copy(bench, 'disk', input, { durable: true }),
      ],
    },
  ];
}

function work(name: string, title: string, input: Input): Omit<Work, 'contestants'> {
  return { name, title, place: 'memory', inputs: [input], bytes: input.bytes };
}

function against(scripts: readonly string[], options: readonly string[] = []): Work['contestants'] {
  return ([input], bench) => [
    logitmill(bench, 'memory', input, options),
    copy(bench, 'memory', input),
    ...scripts.flatMap((script) => peer(bench, 'memory', script, input, options.slice(1))),
  ];
}

function compressed(plain: Input): Work {
  return {
    ...work('lz4', 'Arrow list, float32 x 1000 of bfloat16 precision, LZ4 in', plain),
    inputs: [plain, compressedInput(plain, 'lz4'), compressedInput(plain, 'zstd')],
    contestants: ([uncompressed, input, zstd], bench) => [
      logitmill(bench, 'memory', input),
      logitmill(bench, 'memory', zstd, [], { name: 'logitmill, ZSTD in' }),
      logitmill(bench, 'memory', uncompressed, [], { name: 'logitmill, plain in' }),
      logitmill(bench, 'memory', uncompressed, ['--compression', 'lz4'], {
        name: 'logitmill, plain in, LZ4 out',
      }),
      copy(bench, 'memory', input),
      ...['pytorch_stream', 'numpy_stream'].flatMap((script) => peer(bench, 'memory', script, input)),
    ],
  };
}
