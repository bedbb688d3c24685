// Copied to dist/. A start takes 60 ms of Node's own; compiling our bundles took 20 more, reading them compiled takes 4.
// V8 refuses what another version of it, or other flags, made: the file is then compiled as ever.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const v8 = require('node:v8');
const vm = require('node:vm');

/** Each version of Node has its own, and each set of V8's flags: those of jobs on text are others. */
const cacheOf = (filename) =>
  `${filename}.${v8.cachedDataVersionTag().toString(16)}.${process.version}-${process.arch}.cache`;

/** Scripts by their file, for whoever writes their caches. */
const loaded = new Map();

/** Fills `module` with what `file`, a CommonJS module beside this one, exports. */
function loadCached(module, file) {
  const filename = path.join(__dirname, file);
  const wrapped = `(function (exports, require, module, __filename, __dirname) {${fs.readFileSync(filename, 'utf8')}\n})`;
  const script = new vm.Script(wrapped, { filename, cachedData: contentOf(cacheOf(filename)) });
  loaded.set(filename, script);
  script.runInThisContext()(module.exports, (id) => module.require(id), module, filename, __dirname);
}

function contentOf(file) {
  try {
    return fs.readFileSync(file);
  } catch {
    return undefined;
  }
}

module.exports = { loadCached, loaded, cacheOf };
