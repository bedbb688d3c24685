import type { Field, Schema } from '../arrow/types.ts';
import { LogitmillError } from '../errors.ts';
import type { Logits } from '../layout/logits.ts';
import { DTYPE_BYTES, isFloat, type SourceDtype, scalarDtype } from '../ops/dtypes.ts';
import type { Dtype, RunOptions } from '../options/types.ts';
import { refuseBfloat16 } from './bfloat16.ts';
import { describe, quoted, wayOut } from './field-words.ts';
import { listLeaf, listShape } from './list-shape.ts';
import { selectColumns } from './select.ts';

/**
 * Applies the rule "which columns are logits" to an Arrow schema. Never guesses.
 * @throws LogitmillError AMBIGUOUS_COLUMNS, UNKNOWN_COLUMN, UNSUPPORTED_COLUMN, INTEGER_LOGITS, MIXED_DTYPES, NO_LOGITS
 */
export function chooseLogits(
  schema: Schema,
  options: Pick<RunOptions, 'column' | 'columns' | 'dtype'>,
  file: string,
): Logits {
  if (options.column !== undefined)
    return listLogits(schema, findColumn(schema, options.column, file), options, file);
  if (options.columns !== undefined) {
    const chosen = selectColumns(
      schema.fields.map(({ name }) => name),
      options.columns,
      file,
    );
    return wideLogits(schema, chosen, options, file);
  }
  const lists = indicesOf(schema, (field) => isFloat(listLeaf(field)));
  if (lists.length === 1) return listLogits(schema, lists[0], options, file);
  if (lists.length > 1) throw ambiguous(schema, lists, file);
  for (const field of schema.fields) refuseBfloat16(field, file);
  const floats = indicesOf(schema, (field) => isFloat(scalarDtype(field)));
  if (floats.length > 0) return wideLogits(schema, floats, options, file);
  return integerLogits(schema, options, file);
}

/** Nothing is a float: with a dtype to cast to, the only list of integers, or integers alone, are the logits. */
function integerLogits(schema: Schema, options: Pick<RunOptions, 'dtype'>, file: string): Logits {
  const lists = indicesOf(schema, (field) => listLeaf(field) !== null);
  if (lists.length === 1) return listLogits(schema, lists[0], options, file);
  if (lists.length > 1) throw ambiguous(schema, lists, file, ' --dtype float32');
  const scalars = indicesOf(schema, (field) => scalarDtype(field) !== null);
  if (scalars.length > 0 && scalars.length === schema.fields.length)
    return wideLogits(schema, scalars, options, file);
  const described = schema.fields.slice(0, 8).map((field) => `${field.name} ${describe(field)}`);
  const more = schema.fields.length > 8 ? `, and ${schema.fields.length - 8} more` : '';
  throw new LogitmillError(
    'NO_LOGITS',
    `no float column to take logits from (it has ${described.join(', ') || 'no columns'}${more})`,
    {
      file,
      hint:
        scalars.length > 0
          ? `--columns ${listOf(schema, scalars)} --dtype float32`
          : schema.fields.map(wayOut).find((found) => found !== undefined),
    },
  );
}

/** Names as `--columns` takes them: a range where they are many and stand together, else all of them. */
function listOf(schema: Schema, columns: readonly number[]): string {
  const names = columns.map((index) => quoted(schema.fields[index].name));
  const [first, last] = [columns[0], columns[columns.length - 1]];
  return columns.length > 8 && last - first === columns.length - 1
    ? `${names[0]}..${names[names.length - 1]}`
    : names.join(',');
}

function ambiguous(schema: Schema, lists: readonly number[], file: string, more = ''): LogitmillError {
  const names = lists.map((index) => schema.fields[index].name);
  return new LogitmillError(
    'AMBIGUOUS_COLUMNS',
    `${lists.length} columns could be the logits: ${names.join(', ')}`,
    {
      file,
      hint: names.map((name) => `--column ${quoted(name)}${more}`).join('  or  '),
    },
  );
}

function indicesOf(schema: Schema, test: (field: Field) => boolean): number[] {
  return schema.fields.flatMap((field, index) => (test(field) ? [index] : []));
}

function findColumn(schema: Schema, name: string, file: string): number {
  return selectColumns(
    schema.fields.map((field) => field.name),
    [name.replaceAll(/[*?]/g, '\\$&')],
    file,
  )[0];
}

function listLogits(
  schema: Schema,
  column: number,
  options: Pick<RunOptions, 'dtype'>,
  file: string,
): Logits {
  const field = schema.fields[column];
  refuseBfloat16(field, file);
  const list = listShape(field, file);
  if (!list) {
    const scalar = scalarDtype(field) !== null;
    throw new LogitmillError(
      'UNSUPPORTED_COLUMN',
      `column ${quoted(field.name)} is ${describe(field)}, not a list of numbers`,
      {
        file,
        hint: scalar ? '--columns with the name of every class column' : wayOut(field),
      },
    );
  }
  const dtype = resultDtype([list.leaf], [field.name], options, file, `--column ${quoted(field.name)}`);
  return {
    form: 'list',
    columns: [column],
    sourceDtype: list.leaf,
    dtype,
    shape: list.shape,
    offsetBytes: list.offsetBytes,
  };
}

function wideLogits(
  schema: Schema,
  columns: readonly number[],
  options: Pick<RunOptions, 'dtype'>,
  file: string,
): Logits {
  const dtypes = columns.map((index) => {
    const field = schema.fields[index];
    refuseBfloat16(field, file);
    const dtype = scalarDtype(field);
    if (dtype) return dtype;
    throw new LogitmillError(
      'UNSUPPORTED_COLUMN',
      `column ${quoted(field.name)} is ${describe(field)}, not a number`,
      {
        file,
        hint: listLeaf(field) ? `--column ${quoted(field.name)}` : wayOut(field),
      },
    );
  });
  const names = columns.map((index) => schema.fields[index].name);
  const dtype = resultDtype(dtypes, names, options, file, '');
  const widest = dtypes.reduce(
    (left, right) => (DTYPE_BYTES[right] > DTYPE_BYTES[left] ? right : left),
    dtypes[0],
  );
  const mixed = dtypes.some((other) => other !== dtypes[0]) ? dtypes : undefined;
  return {
    form: 'wide',
    columns,
    sourceDtype: widest,
    mixed,
    dtype,
    shape: [columns.length],
    offsetBytes: 0,
  };
}

function resultDtype(
  dtypes: readonly SourceDtype[],
  names: readonly string[],
  options: Pick<RunOptions, 'dtype'>,
  file: string,
  selection: string,
): Dtype {
  if (options.dtype) return options.dtype;
  const other = dtypes.findIndex((dtype) => dtype !== dtypes[0]);
  if (other > 0) {
    throw new LogitmillError(
      'MIXED_DTYPES',
      `column ${quoted(names[0])} is ${dtypes[0]}, column ${quoted(names[other])} is ${dtypes[other]}: logits of several dtypes need one to be cast to`,
      { file, hint: '--dtype float32  or  --columns with the class columns alone' },
    );
  }
  if (isFloat(dtypes[0])) return dtypes[0] as Dtype;
  throw new LogitmillError(
    'INTEGER_LOGITS',
    `column ${quoted(names[0])} holds integers (${dtypes[0]}), which logits seldom are`,
    {
      file,
      hint: `${selection} --dtype float32`.trim(),
    },
  );
}
