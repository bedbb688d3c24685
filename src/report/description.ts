import type { Field } from '../arrow/types.ts';
import { LogitmillError } from '../errors.ts';
import type { Input } from '../input/open.ts';
import type { Steps } from '../io/steps.ts';
import { foreseenWarnings } from '../job/warnings.ts';
import { slabBytes } from '../memory/slabs.ts';
import type { RunOptions } from '../options/types.ts';
import type { Plan } from '../plan/plan.ts';
import { bytesText, countOf, takenText } from './human.ts';

/** A file's schema, rows and batches. */
export function describeInput(input: Input): string {
  const { path, size } = input;
  if (input.kind === 'text') {
    const { source } = input;
    const { columns, delimiter, header } = input.description;
    const lines = folded(columns.map(({ name, kind }) => [name, kind] as const)).map((line) => `  ${line}`);
    const dialect = `divided by ${JSON.stringify(String.fromCharCode(delimiter))}, ${header ? 'with' : 'without'} a header`;
    return `${[`${path}: CSV, ${size === null ? 'of unknown size' : bytesText(size)}${source && size !== null ? ' compressed' : ''}, ${dialect}`, ...lines].join('\n')}\n`;
  }
  const { format, rows, batches, schema } = input;
  const name = format === 'stream' ? 'stream' : 'file';
  const typeOf = (field: Field): string => `${typeText(field)}${field.nullable ? '' : ' not null'}`;
  const columns = schema.fields.map((field) => [field.name, typeOf(field)] as const);
  const lines = folded(columns).map((line) => `  ${line}`);
  const extent = `${countOf(rows, 'row')} in ${countOf(batches.count, 'batch', 'batches')}`;
  return `${[`${path}: Arrow ${name}, ${bytesText(input.size)}, ${extent}`, ...lines].join('\n')}\n`;
}

/** From so many neighbours of one type on, they are one line. */
const FOLDED = 9;

/** A line a column; neighbours that are alike are one: `logit_0 … logit_99: float32, 100 columns`. */
function folded(columns: readonly (readonly [name: string, type: string])[]): string[] {
  const lines: string[] = [];
  for (let from = 0; from < columns.length; ) {
    const [first, type] = columns[from];
    let end = from + 1;
    while (end < columns.length && columns[end][1] === type) end++;
    if (end - from >= FOLDED)
      lines.push(`${first} … ${columns[end - 1][0]}: ${type}, ${countOf(end - from, 'column')}`);
    else lines.push(...columns.slice(from, end).map(([name]) => `${name}: ${type}`));
    from = end;
  }
  return lines;
}

/** What `run` would do, or why it would refuse. */
export function* describePlan(input: Input, plan: () => Steps<Plan>, options: RunOptions): Steps<string> {
  try {
    return yield* runText(input, yield* plan(), options);
  } catch (error) {
    if (!(error instanceof LogitmillError)) throw error;
    const hint = error.hint === undefined ? '' : `\n  try: ${error.hint}`;
    return `run would refuse it: ${error.message}${hint}\n`;
  }
}

function* runText(input: Input, plan: Plan, options: RunOptions): Steps<string> {
  const { reduction, spec, schema, inputBytes } = plan;
  const tasks = plan.tasks({ input: -1, output: -1, scratch: '', toPipe: false }, () => false);
  yield;
  const work = Symbol.iterator in tasks ? countOf(yield* lengthOf(tasks), 'task') : 'tasks as the text comes';
  const slices = `${reduction.outer} x ${reduction.length ?? 'ragged'} x ${reduction.inner} values a row`;
  // The tolerance of columns depends on how many rows there turn out to be.
  const over = spec.overRows
    ? `the rows of the file, ${countOf(spec.overRows.width, 'column')}, in two passes`
    : `${slices}, tolerance ${spec.tolerance.toExponential(1)}`;
  const lines = [
    `run would take ${takenText(plan.taken)}`,
    `  ${spec.op} in ${spec.dtype} over ${over}`,
    ...(options.shard
      ? [`  shard ${options.shard.index}/${options.shard.count}: ${countOf(plan.parts, 'batch', 'batches')}`]
      : []),
    ...folded(schema.fields.map((field) => [field.name, typeText(field)] as const)).map(
      (line) => `  -> ${line}`,
    ),
    ...foreseenWarnings(input, plan, options).map(({ message }) => `  warning: ${message}`),
    `  output ${outputText(plan)}, reading ${inputBytes === null ? 'what comes' : bytesText(inputBytes)}, ${work}, ${countOf(options.threads, 'worker')} with ${bytesText(slabBytes(options.memory - plan.setApart, options.threads))} each`,
  ];
  return `${lines.join('\n')}\n`;
}

function* lengthOf(items: Iterable<unknown>): Steps<number> {
  let length = 0;
  for (const _ of items) {
    length++;
    yield;
  }
  return length;
}

function outputText({ outputBytes, estimatedBytes }: Plan): string {
  if (outputBytes !== null) return bytesText(outputBytes);
  return estimatedBytes === 0 ? 'of unknown size' : `about ${bytesText(estimatedBytes)}`;
}

/** A field's type as pyarrow and others write it. */
export function typeText(field: Field): string {
  const { type, children } = field;
  if (field.dictionary) return `dictionary<${typeText({ ...field, dictionary: null })}>`;
  switch (type.id) {
    case 'int':
      return `${type.signed ? 'int' : 'uint'}${type.bitWidth}`;
    case 'float':
      return `float${type.bitWidth}`;
    case 'fixedSizeList':
      return `fixed_size_list<${typeText(children[0])}>[${type.listSize}]`;
    case 'list':
    case 'largeList':
    case 'struct':
    case 'map':
      return `${type.id}<${children.map((child) => (type.id === 'struct' ? `${child.name}: ${typeText(child)}` : typeText(child))).join(', ')}>`;
    case 'decimal':
      return `decimal${type.bitWidth}(${type.precision}, ${type.scale})`;
    case 'fixedSizeBinary':
      return `fixed_size_binary[${type.byteWidth}]`;
    default:
      return type.id;
  }
}
