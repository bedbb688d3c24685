import { DTYPE_BYTES } from '../../src/ops/dtypes.ts';
import type { TransformSpec } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import { deriveSlices, isDerived, pickSlices, type SliceOuts } from './derive.ts';
import type { Slices } from './slices.ts';

interface Place {
  address: number;
  stride: number;
}

/** What of a pass matters here. */
interface PassOuts extends SliceOuts {
  rows: number;
  cast: Place;
  probsComputed: Place | null;
  logProbsComputed: Place | null;
}

/** Calls `visit` with the slices of an area that lie in one form, and where their columns are to go. */
function eachForm(
  spec: TransformSpec,
  pass: PassOuts,
  visit: (slicesOf: (place: Place) => Slices, outs: SliceOuts) => void,
): void {
  const { outer, length: classes, inner, sourceForm } = spec;
  const { rows, statistics } = pass;
  if (sourceForm === 'columns') {
    visit(
      ({ address, stride }) => ({ form: 'columns', source: address, slices: rows, classes, stride }),
      pass,
    );
    return;
  }
  if (inner === 1) {
    visit(({ address }) => ({ form: 'rows', source: address, slices: rows * outer, classes }), pass);
    return;
  }
  const stride = inner * DTYPE_BYTES[spec.dtype];
  for (let tile = 0; tile < rows * outer; tile++) {
    const sliceColumns = pass.sliceColumns.map(
      (out, index) => out + tile * inner * spec.sliceColumns[index].bytes,
    );
    visit(
      ({ address }) => ({
        ...{ form: 'columns', source: address + tile * classes * stride, slices: inner, classes, stride },
      }),
      { sliceColumns, statistics },
    );
  }
}

/** Before the op. */
export function derivePass(spec: TransformSpec, pass: PassOuts, context: WorkerContext): void {
  if (!isDerived(spec)) return;
  eachForm(spec, pass, (slicesOf, outs) => deriveSlices(spec, slicesOf(pass.cast), outs, context));
}

/** After it. */
export function pickPass(spec: TransformSpec, pass: PassOuts, context: WorkerContext): void {
  if (!isDerived(spec)) return;
  const { probsComputed, logProbsComputed } = pass;
  eachForm(spec, pass, (slicesOf, outs) => {
    const results = {
      probs: probsComputed && slicesOf(probsComputed),
      log_probs: logProbsComputed && slicesOf(logProbsComputed),
    };
    pickSlices(spec, results, outs, context);
  });
}
