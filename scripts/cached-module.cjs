// Copied to dist/. A start takes 60 ms of Node's own; compiling our bundles took 20 more, reading them compiled takes 4.
// V8 refuses what another version of it, or other flags, made, but takes everything else on trust: so a cache is read
// only when its checksum, which goes over the source too, is right, and when nobody else can have written it. Otherwise
// the file is compiled as ever, and its cache is written anew where that can be done.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const v8 = require('node:v8');
const vm = require('node:vm');
const { isMainThread } = require('node:worker_threads');
const { crc32 } = require('node:zlib');

const CHECKSUM_BYTES = 4;

/** Each version of Node has its own, and each set of V8's flags: those of jobs on text are others. */
const cacheOf = (filename) =>
  `${filename}.${v8.cachedDataVersionTag().toString(16)}.${process.version}-${process.arch}.cache`;

/** By file, for whoever writes their caches: the script, its source, and the cache that would have been right for it. */
const loaded = new Map();

/** Fills `module` with what `file`, a CommonJS module beside this one, exports. The build has put a function around it. */
function loadCached(module, file) {
  const filename = path.join(__dirname, file);
  const { bytes: source, owner } = read(filename);
  const cache = cacheOf(filename);
  const cachedData = trusted(cache, source, owner);
  const script = new vm.Script(source.latin1Slice(), { filename, cachedData });
  const isMissing = cachedData === undefined || script.cachedDataRejected === true;
  const entry = { script, source, cache, isMissing };
  loaded.set(filename, entry);
  script.runInThisContext()(module.exports, (id) => module.require(id), module, filename, __dirname);
  if (isMissing && !isMainThread) writeAfterCalls(module.exports, entry, filename);
}

function read(file) {
  const descriptor = fs.openSync(file);
  try {
    const { uid, mode, size } = fs.fstatSync(descriptor);
    const bytes = Buffer.allocUnsafeSlow(size);
    return { bytes: bytes.subarray(0, fs.readSync(descriptor, bytes)), owner: uid, mode };
  } finally {
    fs.closeSync(descriptor);
  }
}

/** What the cache holds; undefined unless it is of this source, as it was written, and by whom we trust anyway. */
function trusted(cache, source, owner) {
  try {
    const { bytes, owner: writer, mode } = read(cache);
    const isOurs = writer === owner || writer === 0 || writer === process.geteuid?.();
    if (!isOurs || (process.geteuid && (mode & 0o022) !== 0) || bytes.length < CHECKSUM_BYTES)
      return undefined;
    const data = bytes.subarray(0, bytes.length - CHECKSUM_BYTES);
    return bytes.readUInt32LE(data.length) === crc32(data, crc32(source)) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** Writes what is compiled of a script so far to its cache, for the flags that are set now. */
function writeCache({ script, source }, cache) {
  const temporary = `${cache}.${process.pid}-${process.hrtime.bigint()}`;
  const descriptor = fs.openSync(temporary, 'wx', 0o644);
  try {
    const data = script.createCachedData();
    const checksum = Buffer.alloc(CHECKSUM_BYTES);
    checksum.writeUInt32LE(crc32(data, crc32(source)));
    fs.writevSync(descriptor, [data, checksum]);
    fs.renameSync(temporary, cache);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  } finally {
    fs.closeSync(descriptor);
  }
}

/**
 * Our flags as V8 has them by itself, for a cache is good under those flags only under which it was written. After each
 * it is looked whether all are as they were when the program was read; if not, nothing is written.
 */
const DEFAULT_FLAGS = [
  '--semi-space-growth-factor=2',
  '--no-expose-gc',
  // V8 says on standard error that it does not know a flag: those that Node 20 alone has set.
  ...(process.versions.node.startsWith('20.')
    ? ['--no-experimental-wasm-relaxed-simd', '--interrupt-budget=67584']
    : []),
];

/** Called at the end of a process that did a job, for then the functions that jobs need are compiled. */
function writeMissing() {
  if ([...loaded.values()].every(({ isMissing }) => !isMissing)) return;
  for (const flag of ['', ...DEFAULT_FLAGS]) {
    if (flag !== '') v8.setFlagsFromString(flag);
    for (const [filename, entry] of loaded) writeIfMissing(filename, entry);
  }
}

/** A thread is ended without a last word: it writes what is missing once it has worked for a while. */
function writeAfterCalls(exports, entry, filename) {
  const handle = exports.default;
  const start = performance.now();
  exports.default = async (...task) => {
    const result = await handle(...task);
    if (performance.now() - start > 150) writeIfMissing(filename, entry);
    return result;
  };
}

function writeIfMissing(filename, entry) {
  if (!entry.isMissing || cacheOf(filename) !== entry.cache) return;
  entry.isMissing = false;
  try {
    writeCache(entry, entry.cache);
  } catch {
    // The folder cannot be written, or is full: the next start compiles again.
  }
}

module.exports = { loadCached, loaded, cacheOf, writeCache, writeMissing };
