// Bundles one of the TypeScript programs beside it and starts it: node bench/run.mjs PROGRAM [its options]
// From the root of the repository, after `npm run build`.
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const [program] = process.argv.splice(2, 1);
const bundle = await rolldown({ input: `bench/${program}.ts`, platform: 'node' });
const file = `dist/bench/${program}.js`;
await bundle.write({ file, format: 'esm' });
await bundle.close();
await import(pathToFileURL(file).href);
