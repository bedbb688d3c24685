/** What people call options that are called otherwise here, or that are not needed. */
const OPTION_MEANINGS: Readonly<Record<string, string>> = {
  ...{
    force: '--overwrite',
    replace: '--overwrite',
    clobber: '--overwrite',
    y: '--overwrite',
    f: '--overwrite',
  },
  ...{ workers: '--threads', jobs: '--threads', j: '--threads', parallel: '--threads', cores: '--threads' },
  ...{ t: '--threads', 'num-workers': '--threads', concurrency: '--threads', 'n-jobs': '--threads' },
  ...{ resume: 'without it: an interrupted run is gone on with by itself' },
  ...{ continue: 'without it: an interrupted run is gone on with by itself' },
  ...{ restart: '--fresh', 'no-resume': '--fresh', 'from-scratch': '--fresh' },
  ...{ out: '--output', outfile: '--output', 'output-file': '--output', dest: '--output', O: '--output' },
  ...{ 'output-format': '--format', to: '--format', from: '--input-format' },
  ...{ axis: '--dim', operation: '--op', function: '--op', log: '--op log_softmax', both: '--op both' },
  ...{ 'log-softmax': '--op log_softmax', log_softmax: '--op log_softmax', softmax: '--op softmax' },
  ...{ temp: '--temperature', tau: '--temperature', T: '--temperature' },
  ...{ precision: '--dtype', type: '--dtype', fp16: '--dtype float16', fp32: '--dtype float32' },
  ...{ tol: '--tolerance', atol: '--tolerance', epsilon: '--tolerance', eps: '--tolerance' },
  ...{
    cols: '--columns',
    fields: '--columns',
    select: '--columns',
    c: '--columns',
    'logit-columns': '--columns',
  },
  ...{ include: '--keep', passthrough: '--keep', drop: '--keep with the columns that are to stay' },
  ...{ exclude: '--keep with the columns that are to stay', 'keep-input': '--keep-logits' },
  ...{ mem: '--memory', ram: '--memory', 'max-memory': '--memory', 'memory-limit': '--memory' },
  ...{ compress: '--compression zstd', zstd: '--compression zstd', lz4: '--compression lz4' },
  ...{ silent: '--quiet', s: '--quiet', 'no-progress': '--progress never', verbose: '--progress always' },
  ...{ json: '--summary -', report: '--summary', stats: '--summary', log: '--log-format' },
  ...{ sep: '--delimiter', separator: '--delimiter', d: '--delimiter', delim: '--delimiter' },
  ...{ 'no-header': '--header no', 'has-header': '--header yes', na: '--null-values', nan: '--null-values' },
  ...{ 'na-values': '--null-values', schema: '--types', dtypes: '--types', 'skip-nulls': '--mask-nulls' },
  ...{ 'ignore-errors': '--on-invalid keep', 'on-error': '--on-invalid', 'dry-run': 'logitmill inspect' },
  ...{ n: 'logitmill inspect', v: '--version' },
};

/** The same of commands. */
const COMMAND_MEANINGS: Readonly<Record<string, string>> = {
  ...{
    softmax: 'run',
    log_softmax: 'run',
    convert: 'run',
    apply: 'run',
    transform: 'run',
    start: 'run',
    exec: 'run',
  },
  ...{ check: 'validate', verify: 'validate', test: 'validate', lint: 'validate' },
  ...{
    info: 'inspect',
    show: 'inspect',
    schema: 'inspect',
    describe: 'inspect',
    head: 'inspect',
    cat: 'inspect',
  },
};

/** The same of values; each is offered where it can be given. */
const VALUE_MEANINGS: Readonly<Record<string, string>> = {
  ...{ fp16: 'float16', f16: 'float16', half: 'float16', fp32: 'float32', f32: 'float32', single: 'float32' },
  ...{ float: 'float32', fp64: 'float64', f64: 'float64', double: 'float64' },
  ...{ logsoftmax: 'log_softmax', log: 'log_softmax', all: 'both' },
  ...{ gz: 'zstd', gzip: 'zstd', zst: 'zstd', snappy: 'lz4', off: 'none', false: 'none' },
  ...{ file: 'arrow', feather: 'arrow', ipc: 'arrow', arrows: 'stream', tsv: 'csv', text: 'csv' },
  ...{ true: 'yes', on: 'always', error: 'fail', raise: 'fail', ignore: 'keep', skip: 'keep', allow: 'keep' },
};

/** The option that somebody meant, as it is typed; undefined where none is near. */
export function meantOption(typed: string, known: readonly string[]): string | undefined {
  const meant = ownValue(OPTION_MEANINGS, typed) ?? ownValue(OPTION_MEANINGS, typed.toLowerCase());
  const [, name] = /^--([a-z-]+)/.exec(meant ?? '') ?? [];
  if (meant !== undefined && (name === undefined || name === 'version' || known.includes(name))) return meant;
  const found = nearest(typed.toLowerCase().replaceAll('_', '-'), known);
  return found && `--${found}`;
}

export function meantCommand(typed: string, known: readonly string[]): string | undefined {
  const meant = ownValue(COMMAND_MEANINGS, typed.toLowerCase());
  return meant !== undefined && known.includes(meant) ? meant : nearest(typed.toLowerCase(), known);
}

export function meantValue(typed: string, known: readonly string[]): string | undefined {
  const meant = ownValue(VALUE_MEANINGS, typed.toLowerCase());
  return meant !== undefined && known.includes(meant) ? meant : nearest(typed.toLowerCase(), known);
}

function ownValue(words: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(words, key) ? words[key] : undefined;
}

/** The candidate that a third of the letters, or one, leads to; or the only one that begins so. */
export function nearest(typed: string, candidates: readonly string[]): string | undefined {
  const starting = candidates.filter((candidate) => typed.length > 1 && candidate.startsWith(typed));
  if (starting.length === 1) return starting[0];
  const most = Math.max(1, Math.floor(typed.length / 3));
  const ranked = candidates
    .map((candidate) => ({ candidate, far: editDistance(typed, candidate) }))
    .filter(({ candidate, far }) => far <= most && far < candidate.length)
    .sort((left, right) => left.far - right.far);
  return ranked[0]?.candidate;
}

/** Letters put in, left out, changed, or exchanged with their neighbours. */
function editDistance(left: string, right: string): number {
  const rows = [Array.from({ length: right.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= left.length; i++) {
    const row = [i];
    for (let j = 1; j <= right.length; j++) {
      const changed = rows[i - 1]![j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1);
      row[j] = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, changed);
      if (i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1])
        row[j] = Math.min(row[j]!, rows[i - 2]![j - 2]! + 1);
    }
    rows.push(row);
  }
  return rows[left.length]![right.length]!;
}
