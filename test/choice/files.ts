/** Files as people have them, with what is true of them. */

/** Numbers that come out the same for the same seed: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface TextFile {
  text: string;
  /** Names of the logits' columns, and their values row by row; null where they are not there as columns. */
  truth: { names: string[]; rows: (number | null)[][] } | null;
  /** Columns that no hint may offer. */
  never: string[];
  what: string;
}

interface Extra {
  name: string;
  cells(row: number): string;
  decimal?: true;
  /** Ids, labels, tokens: never offered. */
  never?: true;
}

const ROWS = 6;

/** One of the kinds of text, by the seed. */
export function textFile(seed: number): TextFile {
  const random = randomFrom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const classes = 2 + Math.floor(random() * 3);
  const style = pick(['pattern', 'pattern', 'words', 'numbers', 'none'] as const);
  const comma = random() < 0.25;
  const delimiter = comma ? pick([';', '\t', ',']) : pick([',', ',', ',', ';', '\t', '|']);
  const integers = random() < 0.2;
  const isWhole = (index: number): boolean => integers || (index === whole && classes > 2);
  const whole = random() < 0.15 ? Math.floor(random() * classes) : -1;
  const spelling = random() < 0.3 ? pick(['NA', 'NULL', 'None', '\\N', '#N/A', 'n/a', '<NA>']) : '';
  const inCells = random() < 0.08;
  const rows = Array.from({ length: ROWS }, () =>
    Array.from({ length: classes }, (_, index): number | null =>
      isWhole(index) ? pick([0, -10000, 3, 17]) : Math.floor(random() * 4000 - 2000) / 4 + 0.125,
    ),
  );
  if (spelling !== '' && !inCells) for (const row of rows.slice(1, 3)) row[pick([0, classes - 1])] = null;
  const names = {
    pattern: (index: number) => `${stem}${index}`,
    words: (index: number) => ['cat', 'dog', 'zebra', 'horse'][index] as string,
    numbers: (index: number) => String(index),
    none: (index: number) => `c${index}`,
  }[style];
  const stem = pick(['logit_', 'logits_', 'class', 'score.', 'p']);
  const number = (value: number | null): string => {
    if (value === null) return spelling;
    return comma ? String(value).replace('.', ',') : String(value);
  };
  const hex = (): string => Math.floor(random() * 2 ** 32).toString(16);
  const extras: Extra[] = [
    { name: 'id', cells: (row) => String(row + 10), never: true },
    { name: 'id', cells: () => String(Math.floor(random() * 90000)), never: true },
    { name: 'sample_id', cells: hex, never: true },
    { name: 'label', cells: () => pick(['0', '1', '2']), never: true },
    { name: 'label', cells: () => pick(['cat', 'dog']), never: true },
    { name: 'target', decimal: true, cells: () => number(pick([0.5, 1.5])), never: true },
    { name: '', cells: (row) => String(row), never: true },
    { name: 'Unnamed: 0', cells: (row) => String(row), never: true },
    { name: 'loss', decimal: true, cells: () => number(Math.floor(random() * 100) / 64 + 1 / 128) },
    { name: 'confidence', decimal: true, cells: () => number(0.75) },
    { name: 'timestamp', decimal: true, cells: (row) => number(1.7e9 + row + 0.25), never: true },
    { name: 'note', cells: () => '' },
    { name: 'text', cells: () => pick(['good', 'bad, but "so"', "it's"]) },
    { name: 'input_ids', cells: () => `[101, ${Math.floor(random() * 3000)}, 102]`, never: true },
    { name: 'attention_mask', cells: () => '[1, 1, 1]', never: true },
    { name: 'is_ok', cells: () => pick(['true', 'false']) },
  ];
  // Without names, a decimal is as good as any other, and so is a whole number among others.
  const isUnknown = ({ decimal, name }: Extra): boolean =>
    style === 'none' && (decimal === true || (integers && name !== ''));
  const known = extras.filter((extra) => !isUnknown(extra));
  const chosen = known.filter(() => random() < 0.12);
  const used = chosen.filter(({ name }, at) => chosen.findIndex((other) => other.name === name) === at);
  const at = Math.floor(random() * (used.length + 1));
  const quoted = (cell: string): string =>
    cell.includes(delimiter) || cell.includes('"') || (random() < 0.05 && cell !== '')
      ? `"${cell.replaceAll('"', '""')}"`
      : cell;
  const trailing = random() < 0.1;
  const line = (before: string[], values: string[], after: string[]): string =>
    `${[...before, ...values, ...after].map(quoted).join(delimiter)}${trailing ? delimiter : ''}`;
  const [before, after] = [used.slice(0, at), used.slice(at)];
  const cell = (row: (number | null)[]): string[] =>
    inCells ? [`[${row.join(pick([', ', ' ']))}]`] : row.map(number);
  const lines = rows.map((row, index) =>
    line(
      before.map(({ cells }) => cells(index)),
      cell(row),
      after.map(({ cells }) => cells(index)),
    ),
  );
  const logits = inCells ? ['logits'] : Array.from({ length: classes }, (_, index) => names(index));
  const header = line(
    before.map(({ name }) => name),
    logits,
    after.map(({ name }) => name),
  );
  const all = style === 'none' ? lines : [header, ...lines];
  const place = (index: number): string => (style === 'none' ? `c${before.length + index}` : names(index));
  const newline = pick(['\n', '\n', '\r\n', '\r\r\n']);
  return {
    text: `${all.join(newline)}${newline}`,
    truth: inCells ? null : { names: logits.map((_, index) => place(index)), rows },
    never:
      style === 'none' ? [] : used.filter(({ never, name }) => never && name !== '').map(({ name }) => name),
    what: JSON.stringify({
      seed,
      style,
      delimiter,
      comma,
      integers,
      whole,
      spelling,
      inCells,
      trailing,
      used: used.map(({ name }) => name),
    }),
  };
}
