import fs from 'node:fs';
import path from 'node:path';

type Cell = number | string | boolean | null | Cell[];

/** How far a column's floats may be from the expected ones: in ulp of a dtype, or absolutely. */
export type Tolerance = { ulp: number; of: FloatName } | { abs: number };
export type FloatName = 'float16' | 'float32' | 'float64';

/** NAME.expected.json; described for people in data/README.md. */
export interface Expected {
  why: string;
  input?: string;
  args?: string[];
  exitCode?: number;
  message?: string;
  error?: string;
  schema?: string[];
  names?: string[];
  nullable?: Record<string, boolean>;
  metadata?: Record<string, Record<string, string>>;
  provenance?: Record<string, unknown>;
  batches?: number[];
  rows?: number;
  values?: Record<string, Cell[]>;
  tolerance?: Record<string, Tolerance>;
  same?: string[];
  sumOf?: { columns: string[]; exp: boolean; abs: number };
  summary?: Record<string, unknown>;
}

export interface Case {
  name: string;
  /** Absolute path of the file that is put in. */
  input: string;
  expected: Expected;
}

const ENDING = '.expected.json';

/** All cases of a folder: a new one is two files dropped in (or one, when it uses another's input). */
export function readCases(folder: string): Case[] {
  const files = fs.readdirSync(folder);
  return files
    .filter((file) => file.endsWith(ENDING))
    .map((file) => {
      const name = file.slice(0, -ENDING.length);
      const expected = JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8'), revive) as Expected;
      const input = expected.input ?? files.find((other) => other !== file && other.startsWith(`${name}.`));
      if (input === undefined) throw new Error(`${file} has no input file beside it and names none`);
      return { name, input: path.resolve(folder, input), expected };
    });
}

/** JSON has no NaN and no infinities: there they are texts. */
function revive(_key: string, value: unknown): unknown {
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : value;
}
