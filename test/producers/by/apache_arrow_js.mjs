// apache-arrow for JavaScript: CASE PATH writes a file from the JSON on standard input, `read PATH` prints one as JSON.
import { readFileSync, writeFileSync } from 'node:fs';
import * as arrow from 'apache-arrow';

const [what, path] = process.argv.slice(2);
const { Field, Float32, List, Utf8, Dictionary, Int32 } = arrow;
const list = (type) => new List(new Field('item', type, true));
const numbers = (values) => arrow.vectorFromArray(values, new Float32());

/** Values of any vector as JSON has them. */
function plain(value) {
  if (value instanceof arrow.Vector || ArrayBuffer.isView(value)) return [...value].map(plain);
  return typeof value === 'bigint' ? Number(value) : value;
}

const CASES = {
  wide: ({ columns, names }) => ({
    id: arrow.vectorFromArray(columns.id, new Int32()),
    text: arrow.vectorFromArray(columns.text, new Dictionary(new Utf8(), new Int32())),
    ...Object.fromEntries(names.map((name) => [name, arrow.makeVector(Float32Array.from(columns[name]))])),
  }),
  loss: (input) => ({ ...CASES.wide(input), loss: numbers(input.columns.loss) }),
  list: ({ listed }) => ({
    id: arrow.vectorFromArray(listed.id, new Int32()),
    loss: numbers(listed.loss),
    logits: arrow.vectorFromArray(listed.logits, list(new Float32())),
  }),
  tokens: ({ tokens }) => ({
    id: arrow.vectorFromArray(tokens.id, new Int32()),
    input_ids: arrow.vectorFromArray(tokens.input_ids, list(new Int32())),
    logits: arrow.vectorFromArray(tokens.logits, list(list(new Float32()))),
  }),
};

if (what === 'version') {
  const manifest = new URL('../package.json', import.meta.resolve('apache-arrow'));
  process.stdout.write(
    JSON.parse(readFileSync(new URL('package.json', import.meta.resolve('apache-arrow')))).version ??
      String(manifest),
  );
} else if (what === 'read') {
  const table = arrow.tableFromIPC(readFileSync(path));
  const columns = table.schema.fields.map(({ name }) => [name, [...table.getChild(name)].map(plain)]);
  process.stdout.write(JSON.stringify(Object.fromEntries(columns)));
} else {
  const table = new arrow.Table(CASES[what](JSON.parse(readFileSync(0, 'utf8'))));
  writeFileSync(path, arrow.tableToIPC(table, path.endsWith('.arrows') ? 'stream' : 'file'));
}
