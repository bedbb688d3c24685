import type { SourceDtype } from '../ops/dtypes.ts';

/**
 * The options that read logits that are no floats.
 * @param selection the option that chooses the column, or nothing
 */
export function castHint(dtype: SourceDtype, selection: string): string {
  const say = (options: string): string => `${selection} ${options}`.trim();
  switch (dtype) {
    case 'uint16':
    case 'int16':
      return `${say('--bits bfloat16')}  or  ${say('--dtype float32')}`;
    case 'int8':
    case 'uint8':
      return say('--dtype float32 --temperature 1/scale');
    case 'decimal32':
    case 'decimal64':
    case 'decimal128':
    case 'decimal256':
      return say('--dtype float64');
    default:
      return say('--dtype float32');
  }
}

/** What numbers of that dtype are, when they are logits. */
export function integerText(dtype: SourceDtype): string {
  switch (dtype) {
    case 'bfloat16':
      return 'bfloat16, which no Arrow file can be written with';
    case 'uint16':
    case 'int16':
      return `${dtype}, which are the bits of bfloat16 more often than whole numbers`;
    case 'int8':
    case 'uint8':
      return `integers (${dtype}), which are logits by a scale that they were quantized with: softmax(scale x) has the temperature 1/scale`;
    case 'decimal32':
    case 'decimal64':
    case 'decimal128':
    case 'decimal256':
      return `${dtype}, which is computed with as a float`;
    default:
      return `integers (${dtype}), which logits seldom are`;
  }
}
