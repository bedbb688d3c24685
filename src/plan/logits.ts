import type { Field, Schema } from '../arrow/types.ts';
import { LogitmillError } from '../errors.ts';
import { optionText } from '../input/csv/problems.ts';
import type { Logits } from '../layout/logits.ts';
import { DTYPE_BYTES, isDecimal, isFloat, type SourceDtype } from '../ops/dtypes.ts';
import type { Dtype } from '../options/types.ts';
import { chooseColumns, type SchemaFacts } from './choose-columns.ts';
import { describe, quoted, wayOut } from './field-words.ts';
import { castHint, integerText } from './integer-hints.ts';
import { leafDtype, listLeaf, listShape } from './list-shape.ts';
import { isBits, type LogitsOptions, widestFloat } from './logits-options.ts';
import { plainPattern, selectColumns } from './select.ts';

/**
 * Applies the rule "which columns are logits" to an Arrow schema. Never guesses.
 * @param facts what is known of the columns beyond their types
 * @throws LogitmillError AMBIGUOUS_COLUMNS, UNKNOWN_COLUMN, UNSUPPORTED_COLUMN, INTEGER_LOGITS, MIXED_DTYPES, NO_LOGITS
 */
export function chooseLogits(
  schema: Schema,
  options: LogitsOptions,
  file: string,
  facts: SchemaFacts = {},
): Logits {
  const names = schema.fields.map(({ name }) => name);
  if (options.column !== undefined) {
    const [column] = selectColumns(names, [plainPattern(options.column)], file);
    return listLogits(schema, column, options, file);
  }
  if (options.columns !== undefined) {
    const chosen = selectColumns(names, options.columns, file);
    // As `--column` has it, where the one name is a list's.
    if (chosen.length === 1 && listLeaf(schema.fields[chosen[0]], isBits(options)) !== null)
      return listLogits(schema, chosen[0], options, file);
    return wideLogits(schema, chosen, options, file);
  }
  const chosen = chooseColumns(schema, options, file, facts);
  return chosen.form === 'list'
    ? listLogits(schema, chosen.columns[0], options, file)
    : wideLogits(schema, chosen.columns, options, file);
}

function listLogits(schema: Schema, column: number, options: LogitsOptions, file: string): Logits {
  const field = schema.fields[column];
  const list = listShape(field, file, isBits(options));
  if (!list) {
    const scalar = leafDtype(field, isBits(options)) !== null;
    throw new LogitmillError(
      'UNSUPPORTED_COLUMN',
      `column ${quoted(field.name)} is ${describe(field)}, not a list of numbers`,
      { file, hint: scalar ? '--columns with the name of every class column' : wayOut(field) },
    );
  }
  checkBits([list.leaf], [field], options, file);
  const dtype = resultDtype([list.leaf], [field], options, file, `--column ${optionText(field.name)}`);
  return {
    form: 'list',
    columns: [column],
    sourceDtype: list.leaf,
    scale: scaleOf(field),
    dtype,
    shape: list.shape,
    offsetBytes: list.offsetBytes,
  };
}

function wideLogits(
  schema: Schema,
  columns: readonly number[],
  options: LogitsOptions,
  file: string,
): Logits {
  const fields = columns.map((index) => schema.fields[index]);
  const dtypes = fields.map((field) => {
    const dtype = leafDtype(field, isBits(options));
    if (dtype) return dtype;
    throw new LogitmillError(
      'UNSUPPORTED_COLUMN',
      `column ${quoted(field.name)} is ${describe(field)}, not a number`,
      {
        file,
        hint: listLeaf(field) ? `--column ${optionText(field.name)}` : wayOut(field),
      },
    );
  });
  checkBits(dtypes, fields, options, file);
  refuseMixedDecimals(dtypes, fields, file);
  const dtype = resultDtype(dtypes, fields, options, file, '');
  const widest = dtypes.reduce(
    (left, right) => (DTYPE_BYTES[right] > DTYPE_BYTES[left] ? right : left),
    dtypes[0],
  );
  const mixed = dtypes.some((other) => other !== dtypes[0]) ? dtypes : undefined;
  return {
    form: 'wide',
    columns,
    sourceDtype: widest,
    scale: scaleOf(fields[0]),
    mixed,
    dtype,
    shape: [columns.length],
    offsetBytes: 0,
  };
}

/** Of the decimals in a column, or in its lists. */
function scaleOf(field: Field | undefined): number | undefined {
  if (!field) return undefined;
  return field.type.id === 'decimal' ? field.type.scale : scaleOf(field.children[0]);
}

/** Decimals are cast with one scale. @throws LogitmillError UNSUPPORTED_COLUMN */
function refuseMixedDecimals(dtypes: readonly SourceDtype[], fields: readonly Field[], file: string): void {
  if (!dtypes.some(isDecimal)) return;
  const other = fields.findIndex(
    (field, index) => dtypes[index] !== dtypes[0] || scaleOf(field) !== scaleOf(fields[0]),
  );
  if (other < 0) return;
  throw new LogitmillError(
    'UNSUPPORTED_COLUMN',
    `column ${quoted(fields[other].name)} is ${describe(fields[other])}, column ${quoted(fields[0].name)} ${describe(fields[0])}: decimals go with others of their scale alone`,
    { file, hint: 'write them as float64' },
  );
}

/** What has other than 16 bits is no bfloat16. */
function checkBits(
  dtypes: readonly SourceDtype[],
  fields: readonly Field[],
  options: LogitsOptions,
  file: string,
): void {
  const other = isBits(options) ? dtypes.findIndex((dtype) => dtype !== 'bfloat16') : -1;
  if (other < 0) return;
  throw new LogitmillError(
    'UNSUPPORTED_COLUMN',
    `column ${quoted(fields[other].name)} is ${describe(fields[other])}, whose numbers are no 16 bits that could be bfloat16`,
    { file, hint: 'without --bits' },
  );
}

function resultDtype(
  dtypes: readonly SourceDtype[],
  fields: readonly Field[],
  options: LogitsOptions,
  file: string,
  selection: string,
): Dtype {
  if (options.dtype) return options.dtype;
  if (isBits(options)) return 'float32';
  const names = fields.map(({ name }) => name);
  const other = dtypes.findIndex((dtype) => dtype !== dtypes[0]);
  if (other > 0) {
    throw new LogitmillError(
      'MIXED_DTYPES',
      `column ${quoted(names[0])} is ${dtypes[0]}, column ${quoted(names[other])} is ${dtypes[other]}: logits of several dtypes need one to be cast to`,
      { file, hint: `--dtype ${widestFloat(dtypes)}` },
    );
  }
  if (isFloat(dtypes[0])) return dtypes[0] as Dtype;
  throw new LogitmillError('INTEGER_LOGITS', `column ${quoted(names[0])} holds ${integerText(dtypes[0])}`, {
    file,
    hint: castHint(dtypes[0], selection),
  });
}
