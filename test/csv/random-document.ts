/** A small generator of repeatable random numbers (mulberry32). */
export class Random {
  constructor(private state: number) {}

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}

type ColumnStyle =
  | 'fixed'
  | 'short'
  | 'nine'
  | 'repr'
  | 'exponent'
  | 'integer'
  | 'any'
  | 'text'
  | 'id'
  | 'boolean';

export interface RandomDocument {
  text: string;
  delimiter: string;
  quote: string;
  width: number;
  logits: number[];
  keep: number[];
  nullValues: string[];
}

export function randomNumber(random: Random, style: ColumnStyle): string {
  const x = (random.next() - 0.5) * 10 ** random.below(6);
  switch (style) {
    case 'fixed':
      return x.toFixed(6);
    case 'short':
      return x.toFixed(random.below(4));
    case 'nine':
      return String(Number(x.toPrecision(9)));
    case 'repr':
      return String(x);
    case 'exponent':
      return x.toExponential(18).replace(/e([+-])(\d)$/, 'e$10$2');
    case 'integer':
    case 'id':
      return String(Math.round(x * 1000));
    default:
      return anyNumber(random, x);
  }
}

function anyNumber(random: Random, x: number): string {
  const digits = (n: number) => Array.from({ length: n }, () => random.below(10)).join('');
  return random.pick([
    () => x.toFixed(random.below(20)),
    () => `${digits(1 + random.below(25))}.${digits(random.below(25))}`,
    () => `.${digits(1 + random.below(30))}`,
    () => `-${digits(1 + random.below(40))}.`,
    () => `${digits(1 + random.below(20))}e${random.pick(['', '+', '-'])}${digits(1 + random.below(3))}`,
    () => `+${digits(1)}.${digits(random.below(8))}E${random.below(300) - 330}`,
    () =>
      random.pick([
        'inf',
        '-INF',
        'Infinity',
        '+infinity',
        'NaN',
        'nan',
        '-0',
        '0.0',
        '-0.000',
        '1e400',
        '1e-400',
      ]),
    () => `0.${'0'.repeat(random.below(30))}${digits(random.below(20))}`,
    () => String(Math.fround(x)),
  ])();
}

const WORDS = [
  'a',
  'yes',
  'Zürich',
  '日本',
  'x y',
  '',
  '1.5',
  'tab\tbed',
  '😀',
  'null',
  "it's",
  'é'.repeat(9),
];

/** A document in a random dialect, well-formed. */
export function randomDocument(random: Random, size: number): RandomDocument {
  const delimiter = random.pick([',', ';', '\t', '|', ',', ',']);
  const quote = random.pick(['"', '"', '"', "'"]);
  const newline = random.pick(['\n', '\n', '\r\n']);
  const most = size > 10_000 && random.chance(0.5) ? 3000 : random.chance(0.2) ? 40 : 6;
  const columns = 1 + random.below(most);
  const mainStyle = random.pick<ColumnStyle>([
    'fixed',
    'short',
    'nine',
    'repr',
    'exponent',
    'integer',
    'any',
  ]);
  const oddShare = random.pick([0, 0, 0.02, 0.15, 0.5]);
  const logitShare = random.pick([1, 1, 0.9, 0.5]);
  const styles = Array.from({ length: columns }, (): ColumnStyle => {
    if (random.chance(oddShare)) return random.pick<ColumnStyle>(['text', 'id', 'boolean', 'any', 'nine']);
    return mainStyle;
  });
  const fates = styles.map((style) => {
    if (style === 'text' || style === 'id' || style === 'boolean')
      return random.chance(0.8) ? 'keep' : 'skip';
    return random.chance(logitShare) ? 'logits' : random.pick(['keep', 'skip']);
  });
  const indices = styles.map((_, i) => i);
  const nullShare = random.pick([0, 0, 0, 0.02, 0.3]);
  const nullValues = random.pick<string[]>([[], [], ['NA'], ['-999', 'n/a'], ['']]);
  const quoting = random.pick([0, 0, 0.05, 1]);
  const padding = random.pick([0, 0, 0, 0.1, 1]);
  const blankLines = random.pick([0, 0, 0.1]);
  const field = (style: ColumnStyle): string => {
    if (random.chance(nullShare)) return random.pick(['', ...nullValues.filter((text) => text !== '')]);
    let value: string;
    if (style === 'text') {
      value = random.pick(WORDS);
      if (random.chance(0.3))
        value +=
          random.pick([delimiter, quote, newline, quote + quote, '\r', '\n\n', ' ']) + random.pick(WORDS);
      if (
        value.includes(delimiter) ||
        value.includes(quote) ||
        /[\r\n]/.test(value) ||
        random.chance(quoting)
      ) {
        return quote + value.replaceAll(quote, quote + quote) + quote;
      }
      return value;
    }
    value = style === 'boolean' ? random.pick(['true', 'false']) : randomNumber(random, style);
    const blank = delimiter === '\t' ? ' ' : random.pick([' ', '\t', '   ']);
    if (random.chance(quoting)) value = quote + (random.chance(padding) ? blank + value : value) + quote;
    if (random.chance(padding)) value = blank.repeat(random.below(3)) + value + blank.repeat(random.below(2));
    return value;
  };
  let text = random.chance(0.1) ? '\ufeff' : '';
  if (random.chance(0.7))
    text +=
      indices.map((i) => (random.chance(0.1) ? `${quote}n${i}${quote}` : `n${i}`)).join(delimiter) + newline;
  while (text.length < size) {
    text += styles.map(field).join(delimiter) + newline;
    if (random.chance(blankLines)) text += newline;
  }
  if (random.chance(0.3)) text = text.slice(0, -newline.length);
  return {
    ...{ text, delimiter, quote, nullValues, width: columns },
    logits: indices.filter((i) => fates[i] === 'logits'),
    keep: indices.filter((i) => fates[i] === 'keep'),
  };
}

/** The text with a few bytes changed, put in or taken out. */
export function damage(random: Random, { delimiter, quote }: RandomDocument, text: string): string {
  let result = text;
  for (let i = 1 + random.below(3); i > 0; i--) {
    const at = random.below(result.length + 1);
    const what = random.pick([
      delimiter,
      quote,
      '\n',
      '\r',
      '\r\n',
      ' ',
      'e',
      '.',
      '-',
      'x',
      '0',
      quote + quote,
      '\0',
      '',
    ]);
    result = result.slice(0, at) + what + result.slice(at + random.below(3));
  }
  return result;
}
