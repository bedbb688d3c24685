// Builds dist/: the kernels, the bundles and the type declarations.
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { rolldown } from 'rolldown';
import { buildKernels } from './build-kernels.mjs';
import { makeCodeCaches } from './code-cache.mjs';
import { writeDeclarations } from './declarations.mjs';
import { refuseOldNode } from './node-version.mjs';
import { writeShellFiles } from './shell-files.mjs';
import { writeThirdParty } from './third-party.mjs';

await rm('dist', { recursive: true, force: true });
await buildKernels();

// Few, small files: finding, reading and compiling apache-arrow's and our many ones costs more than a small job does.
// CommonJS, because Node makes ES modules out of its own ones (`node:fs`) each time they are imported: with two workers
// that took as long as softmax over 30 MB. Names stay, for stack traces.
const common = {
  platform: 'node',
  // What stays outside is a dependency of the package; `nice` is piscina's, for an option that nobody sets.
  external: [/^node:/, '@bokuweb/zstd-wasm', '@napi-rs/nice'],
  // Of yargs, for options that extend one another; ours do not.
  transform: { define: { 'import.meta.resolve': 'require.resolve' } },
  // One chunk for every run is what is wanted.
  checks: { ineffectiveDynamicImport: false },
};
const written = {
  dir: 'dist',
  format: 'cjs',
  exports: 'named',
  dynamicImportInCjs: false,
  minify: { mangle: false },
};
const LATER =
  /cli-progress|piscina|\/src\/(cli|job\/validate-file|commands\/input-files)\.ts|\/src\/commands\/(help|exit-codes|man|completion\.ts|completions\/(words|bash|zsh|fish)|inspect|validate|run-several)/;
/** yargs and what it brings: only `--help` needs them. */
const HELP =
  /node_modules\/(yargs|cliui|wrap-ansi|ansi-styles|string-width|strip-ansi|get-east-asian-width|escalade|get-caller-file|y18n)\//;

/** piscina looks for the program of its threads beside itself. */
const piscinaBesideUs = {
  name: 'piscina-beside-us',
  transform(code, id) {
    if (!/piscina\/dist\/index\.js$/.test(id)) return null;
    const changed = code.replace("(__dirname, 'worker.js')", "(__dirname, 'thread.js')");
    if (changed === code) throw new Error('piscina starts its threads in another way');
    return changed;
  },
};

/** Compiling this module of Node's takes a thread 2 ms, for a clock that it has anyway. */
const clockAtHand = {
  name: 'clock-at-hand',
  transform: (code, id) =>
    /piscina\/dist\/worker\.js$/.test(id) ? code.replace('require("node:perf_hooks")', 'globalThis') : null,
};

/** What every run needs in one chunk, the rest in chunks of their own. All lie beside each other: see `import.meta.url`. */
const program = await rolldown({
  ...common,
  input: { cli: 'src/cli.ts', index: 'src/index.ts' },
  plugins: [piscinaBesideUs],
});
const programBundle = await program.write({
  ...written,
  chunkFileNames: '[name]-[hash].js',
  codeSplitting: { groups: [{ name: 'core', test: (id) => !LATER.test(id) && !HELP.test(id) }] },
});
await program.close();

/** What every task needs in one file, which each worker loads. */
const worker = await rolldown({ ...common, input: { worker: 'workers/main.ts' } });
const workerBundle = await worker.write({ ...written, chunkFileNames: 'worker-[name]-[hash].js' });
await worker.close();
/** What piscina runs in a worker, which then loads ours. */
const thread = await rolldown({
  ...common,
  input: { thread: 'node_modules/piscina/dist/worker.js' },
  plugins: [clockAtHand],
});
const threadBundle = await thread.write(written);
await thread.close();
await writeThirdParty('dist/THIRD-PARTY.txt', [programBundle, workerBundle, threadBundle]);
await refuseOldNode();
await chmod('dist/cli.js', 0o755);

await writeDeclarations();
/** For the nearest package.json tells what a file is; programs of bench/ are built below dist/ to find packages. */
for (const [folder, type] of [
  ['dist', 'commonjs'],
  ['dist/types', 'module'],
  ['dist/bench', 'module'],
]) {
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/package.json`, `${JSON.stringify({ type })}\n`);
}
await makeCodeCaches();
await writeShellFiles();
