import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { ADDED_NAMES, type Dtype } from '../../src/options/types.ts';
import type { ResultKind, SliceResultName } from '../../src/results/result.ts';
import { readArrow } from '../cli/arrow.ts';
import { logitmill, temporaryFolder } from '../cli/run.ts';
import { random } from '../kernels/harness.ts';
import { registerCodecs } from './codecs.ts';
import { type ArrowForm, arrowFile, csvText, type Row } from './inputs.ts';
import { CLASS_REFERENCES, isInvalid, SLICE_REFERENCES } from './references.ts';

/**
 * What every column of results must pass, in every form in which rows come and go: the values of a float64 reference, null
 * where the row is null, and the same whatever else is written. A new column has an entry in references.ts.
 */
beforeAll(registerCodecs);

const { NaN: NAN, POSITIVE_INFINITY: INF, NEGATIVE_INFINITY: NEG } = Number;

interface Case {
  form: ArrowForm | 'csv';
  shape: readonly number[];
  dim?: number;
  rows?: number;
  batchRows?: number;
  args?: readonly string[];
}

const CASES: Readonly<Record<string, Case>> = {
  list: { form: 'list', shape: [11] },
  'few classes': { form: 'list', shape: [2] },
  'one class': { form: 'list', shape: [1] },
  'many classes': { form: 'list', shape: [333], rows: 50 },
  'list to wide': { form: 'list', shape: [7], args: ['--layout', 'wide'] },
  'small batches': { form: 'list', shape: [11], batchRows: 7 },
  'ragged lists': { form: 'ragged', shape: [12] },
  'slices of tensors, first dim': { form: 'list', shape: [3, 4, 5], dim: 1, rows: 41 },
  'slices of tensors, dim between': { form: 'list', shape: [3, 4, 5], dim: 2, rows: 41 },
  'slices of tensors, last dim': { form: 'list', shape: [3, 4, 5], dim: 3, rows: 41 },
  wide: { form: 'wide', shape: [11] },
  'wide to list': { form: 'wide', shape: [11], args: ['--layout', 'list'] },
  'wide, small batches': { form: 'wide', shape: [5], batchRows: 9 },
  text: { form: 'csv', shape: [11] },
  'text to lists': { form: 'csv', shape: [6], args: ['--layout', 'list'] },
  'text in pieces': { form: 'csv', shape: [90], rows: 5000, args: ['--memory', '3MiB', '--threads', '1'] },
  'long rows': { form: 'list', shape: [300_001], rows: 3, args: ['--memory', '1MiB', '--threads', '1'] },
  'long slices': {
    form: 'list',
    shape: [3, 90_001],
    dim: 2,
    rows: 2,
    args: ['--memory', '1MiB', '--threads', '1'],
  },
  'long strided slices': {
    ...{ form: 'list', shape: [600, 333], dim: 1, rows: 2, args: ['--memory', '1MiB', '--threads', '1'] },
  },
  'long ragged lists': {
    form: 'ragged',
    shape: [300_001],
    rows: 3,
    args: ['--memory', '1MiB', '--threads', '1'],
  },
  'compressed, lz4': { form: 'list', shape: [11], args: ['--compression', 'lz4'] },
  'compressed, zstd': { form: 'ragged', shape: [11], args: ['--compression', 'zstd'] },
  stream: { form: 'wide', shape: [4], args: ['--format', 'stream'] },
  'compressed text': { form: 'csv', shape: [5], args: ['--compression', 'zstd', '--format', 'stream'] },
};

type Nulls = 'no nulls' | 'null rows' | 'null elements' | 'masked elements';
const NULLS: readonly Nulls[] = ['no nulls', 'null rows', 'null elements', 'masked elements'];
const DTYPES: readonly Dtype[] = ['float16', 'float32', 'float64'];

/** Every form with every dtype and every pattern of nulls, though not each with each; long ones take their time. */
const ALL = Object.entries(CASES).flatMap(([name, { rows = 0, args }]) => {
  const isLong = rows > 1000 || args?.includes('1MiB');
  return DTYPES.flatMap((dtype, index) =>
    NULLS.filter((_, at) => (isLong ? at === (index + 1) % 4 : at % 2 === index % 2)).map((nulls) => ({
      ...{ name, dtype, nulls },
    })),
  );
});

const SPECIAL = new Set([3, 9, 17, 29]);

/** Multiples of a quarter, which every dtype holds and of which many are equal; some rows are special. */
function logits({ form, shape, rows = 101 }: Case, nulls: Nulls): Row[] {
  const next = random(shape.length * 1000 + shape[0]!);
  const values = shape.reduce((left, right) => left * right, 1);
  const ofRow = (row: number): number =>
    form === 'ragged' && values < 100 ? (row * 5) % (values + 1) : values;
  return Array.from({ length: rows }, (_, row): Row => {
    const one = Array.from({ length: ofRow(row) }, () => Math.round((next() - 0.5) * 64) / 4) as (
      | number
      | null
    )[];
    if (SPECIAL.has(row % 31) && one.length > 0) {
      const at = Math.floor(next() * one.length);
      if (row % 31 === 3) one[at] = NAN;
      else if (row % 31 === 9) one[at] = INF;
      else if (row % 31 === 17) one.fill(NEG);
      else for (let index = 0; index < one.length; index += 2) one[index] = NEG;
    }
    const isChosen = row % 7 === 1;
    if (!isChosen || nulls === 'no nulls') return one;
    if (nulls !== 'null rows') return one.length > 0 ? one.with(one.length - 1, null) : one;
    return form === 'list' || form === 'ragged' ? null : one.map(() => null);
  });
}

/** The logits of each slice of a row, as the op sees them. */
function slicesOf(row: Row, { form, shape, dim = 1 }: Case): number[][] {
  if (form === 'ragged') return [(row ?? []).map((value) => value ?? NEG)];
  const inner = shape.slice(dim).reduce((left, right) => left * right, 1);
  const length = shape[dim - 1]!;
  const outer = shape.slice(0, dim - 1).reduce((left, right) => left * right, 1);
  return Array.from({ length: outer * inner }, (_, slice) => {
    const first = Math.floor(slice / inner) * length * inner + (slice % inner);
    return Array.from({ length }, (_, step) => row?.[first + step * inner] ?? NEG);
  });
}

const flat = (value: unknown): number[] => (Array.isArray(value) ? value.flatMap(flat) : [value as number]);

function expectNear(
  found: number,
  expected: number,
  reference: { relative: number; absolute: number },
  what: string,
): void {
  if (Object.is(found, expected) || found === expected) return;
  const most = Math.max(reference.absolute, reference.relative * Math.abs(expected));
  if (!(Math.abs(found - expected) <= most)) expect.fail(`${what}: ${found}, and not ${expected}`);
}

/** Of a value that is rounded once from what float32 or float64 gives. */
const ROUNDED: Readonly<Record<Dtype, number>> = {
  float16: 2 ** -10.9,
  float32: 2 ** -22.9,
  float64: 2 ** -46,
};

/** Coarse: test/ops has the bounds of every value. */
const CLASS_BOUNDS: Readonly<Record<Dtype, { relative: number; absolute: number }>> = {
  float16: { relative: 2 ** -10, absolute: 2 ** -24 },
  float32: { relative: 2 ** -21, absolute: 2 ** -40 },
  float64: { relative: 2 ** -45, absolute: 2 ** -60 },
};

test.each(ALL.filter((_, index) => index % 6 === 0))('$name, $dtype, $nulls', check);
test.each(ALL.filter((_, index) => index % 6 !== 0))('$name, $dtype, $nulls', { tags: 'long' }, check);

async function check({ name, dtype, nulls }: (typeof ALL)[number]): Promise<void> {
  const given = CASES[name]!;
  const { form, shape, dim = 1, batchRows = 64 } = given;
  const rows = logits(given, nulls);
  const folder = temporaryFolder();
  const from = path.join(folder, form === 'csv' ? 'in.csv' : 'in.arrow');
  const classes = shape.reduce((left, right) => left * right, 1);
  fs.writeFileSync(
    from,
    form === 'csv' ? csvText(rows, classes) : arrowFile(form, shape, dtype, rows, batchRows),
  );
  const to = path.join(folder, 'out.arrow');
  const k = Math.min(3, form === 'ragged' ? 3 : shape[dim - 1]!);
  const args = [
    ...[
      'run',
      from,
      '-o',
      to,
      '--op',
      'both',
      '--on-invalid',
      'keep',
      '--dim',
      String(dim),
      '--summary',
      '-',
    ],
    ...['--add', ADDED_NAMES.map((name) => (name === 'topk' ? `topk:${k}` : name)).join(',')],
    ...(form === 'csv' ? ['--dtype', dtype, '--columns', 'c*'] : []),
    ...(form === 'wide' ? ['--columns', 'c*'] : []),
    ...(nulls === 'masked elements' ? ['--mask-nulls'] : []),
    ...(given.args ?? []),
  ];
  const { code, stderr, stdout } = await logitmill(args);
  expect(code, stderr).toBe(0);
  const isNull = rows.map(
    (row) => row === null || (nulls !== 'masked elements' && row.some((value) => value === null)),
  );
  expect(JSON.parse(stdout).validation.rows_null).toBe(isNull.filter(Boolean).length);

  const { columns } = readArrow(to);
  const stored = new Map<string, number[]>();
  for (const kind of Object.keys(CLASS_REFERENCES) as ResultKind[]) {
    const list = columns.get(kind);
    const wide = Array.from({ length: classes }, (_, index) =>
      columns.get(`${kind}_${form === 'list' ? index : `c${index}`}`),
    );
    for (const [row, value] of rows.entries()) {
      const found = list
        ? list[row]
        : isNull[row] && wide[0]?.[row] === null
          ? null
          : wide.map((one) => one?.[row]);
      if (isNull[row]) {
        if (found !== null) expect.fail(`${kind} of row ${row} is not null`);
        continue;
      }
      const values = flat(found);
      stored.set(`${kind} ${row}`, values);
      const inner = shape.slice(dim).reduce((left, right) => left * right, 1);
      for (const [slice, ofSlice] of slicesOf(value, given).entries()) {
        if (isInvalid(ofSlice)) continue;
        const exact = CLASS_REFERENCES[kind](ofSlice);
        const first = Math.floor(slice / inner) * ofSlice.length * inner + (slice % inner);
        for (const [step, one] of exact.entries())
          expectNear(
            values[first + step * inner]!,
            one,
            CLASS_BOUNDS[dtype],
            `${kind} of row ${row}, ${step}`,
          );
      }
    }
  }
  for (const [kind, reference] of Object.entries(SLICE_REFERENCES)) {
    const column = columns.get(kind as SliceResultName);
    expect(column, kind).toHaveLength(rows.length);
    for (const [row, value] of rows.entries()) {
      const found = column![row];
      if (isNull[row]) {
        if (found !== null) expect.fail(`${kind} of row ${row} is not null`);
        continue;
      }
      const values = flat(found);
      const slices = slicesOf(value, given);
      const perSlice = values.length / slices.length;
      if (perSlice !== 1 && perSlice !== k) expect.fail(`${kind} of row ${row}: ${perSlice} values a slice`);
      for (const [slice, ofSlice] of slices.entries()) {
        const what = `${kind} of row ${row}, slice ${slice}`;
        const exact = isInvalid(ofSlice) ? reference.invalid() : reference.value(ofSlice, k);
        if (exact === null) continue;
        const expected = Array.isArray(exact) ? exact : Array<number>(perSlice).fill(exact);
        if (expected.length !== perSlice) expect.fail(what);
        const relative = reference.relative === 'dtype' ? ROUNDED[dtype] : reference.relative;
        for (const [place, one] of expected.entries())
          expectNear(values[slice * perSlice + place]!, one, { ...reference, relative }, what);
      }
    }
  }
  // What is picked from a result has its bits.
  const slicesPerRow = slicesOf([], given).length;
  const inner = form === 'ragged' ? 1 : shape.slice(dim).reduce((left, right) => left * right, 1);
  for (const kind of Object.keys(CLASS_REFERENCES)) {
    for (const row of rows.keys()) {
      const values = stored.get(`${kind} ${row}`);
      if (!values) continue;
      const picked = flat(columns.get(`topk_${kind}`)![row]);
      for (const [place, id] of flat(columns.get('topk_ids')![row]).entries()) {
        const slice: number = Math.floor(place / k);
        const length: number = values.length / slicesPerRow;
        const first: number = Math.floor(slice / inner) * length * inner + (slice % inner);
        const own: number | undefined = id < 0 ? NAN : values[first + id * inner];
        if (!Object.is(picked[place], own))
          expect.fail(`topk_${kind} of row ${row}: ${picked[place]}, not ${own}`);
      }
    }
  }
}
