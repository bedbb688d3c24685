import type { ArrowType, Field, Metadata, Schema } from '../../src/arrow/types.ts';
import { field } from '../arrow/build.ts';
import { randomFrom } from './files.ts';

const float = (bitWidth: 16 | 32 | 64): ArrowType => ({ id: 'float', bitWidth });
const int = (bitWidth: number, signed = true): ArrowType => ({ id: 'int', bitWidth, signed });
const decimal: ArrowType = { id: 'decimal', precision: 9, scale: 3, bitWidth: 128 };
const list = (name: string, child: Field, id: 'list' | 'largeList' | 'listView' = 'list'): Field =>
  field(name, { id }, { children: [child] });
const fixed = (name: string, child: Field): Field =>
  field(name, { id: 'fixedSizeList', listSize: 4 }, { children: [child] });
const item = (type: ArrowType): Field => field('item', type);

export interface SchemaCase {
  schema: Schema;
  /** The logits' columns. */
  truth: string[];
  /** Options without which they are not read right. */
  needs: string[];
  never: string[];
  what: string;
}

/** One of the schemas that people's tools write. */
export function schemaCase(seed: number): SchemaCase {
  const random = randomFrom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const kind = pick([
    'wide',
    'wide',
    'wide',
    'list',
    'list',
    'nested',
    'int8',
    'bits',
    'decimals',
    'view',
    'nulls',
  ] as const);
  const name = pick(['logits', 'logits', 'scores', 'output', 'values']);
  const style = pick(['pattern', 'words', 'numbers'] as const);
  const type = pick([float(16), float(32), float(64)]);
  const classes = 2 + Math.floor(random() * 3);
  const wide = Array.from(
    { length: classes },
    (_, at) =>
      ({
        pattern: `logit_${at}`,
        words: ['cat', 'dog', 'zebra', 'horse'][at] as string,
        numbers: String(at),
      })[style],
  );
  const logits: Field[] = {
    wide: () => wide.map((one) => field(one, type)),
    list: () => [pick([list, fixed])(name, item(type))],
    nested: () => [list(name, pick([list, fixed])('item', item(type)))],
    int8: () => [fixed(name, item(int(8)))],
    bits: () => [fixed(name, item(int(16, false)))],
    decimals: () => [list(name, item(decimal))],
    view: () => [list(name, item(type), 'listView')],
    nulls: () => [list(name, item({ id: 'null' }))],
  }[kind]();
  const extras: { of: Field; never?: true; index?: true }[] = [
    { of: field('id', int(64)), never: true },
    { of: field('id', float(64)), never: true },
    { of: field('label', float(32)), never: true },
    { of: field('label', int(64)), never: true },
    { of: field('__index_level_0__', float(64)), never: true },
    { of: field('when', float(64)), never: true, index: true },
    { of: field('loss', pick([type, float(64)])) },
    { of: field('prob', type) },
    { of: field('lat', float(64)) },
    { of: field('text', { id: 'utf8' }) },
    { of: list('input_ids', item(int(32))), never: true },
    { of: fixed('attention_mask', item(int(8))), never: true },
    { of: fixed('bbox', item(float(32))) },
    { of: list('embedding', item(float(32))) },
    { of: list('token_logprobs', item(float(64))) },
    { of: field('price', decimal) },
    { of: field('meta', { id: 'struct' }, { children: [field('x', float(64)), field('y', float(64))] }) },
  ];
  const chosen = extras.filter(() => random() < 0.12);
  const used = chosen.filter(({ of }, at) => chosen.findIndex((other) => other.of.name === of.name) === at);
  const at = Math.floor(random() * (used.length + 1));
  const fields = [...used.slice(0, at).map(({ of }) => of), ...logits, ...used.slice(at).map(({ of }) => of)];
  const indexes = used.filter(({ index }) => index).map(({ of }) => of.name);
  const metadata: Metadata =
    indexes.length > 0 ? [['pandas', JSON.stringify({ index_columns: indexes, columns: [] })]] : [];
  return {
    schema: { fields, metadata },
    truth: logits.map((one) => one.name),
    needs: { bits: ['--bits'], int8: ['--temperature'] }[kind as string] ?? [],
    never: used.filter(({ never }) => never).map(({ of }) => of.name),
    what: JSON.stringify({
      seed,
      kind,
      name,
      style,
      type,
      used: used.map(({ of }) => `${of.name} ${of.type.id}`),
    }),
  };
}
