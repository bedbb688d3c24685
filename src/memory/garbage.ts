import v8 from 'node:v8';
import vm from 'node:vm';

/**
 * V8 lets a heap double before it looks for what can go, and what array buffers hold, which lies outside of it, grow by
 * 64 MB. The headers of very wide tables come to that in every thread.
 */
const YOUNG_BYTES = 4 * 2 ** 20;
const OLD_BYTES = 8 * 2 ** 20;

/** Without options all garbage; in Node 20 any options mean the young. */
type Collect = (options?: { type: 'minor' }) => void;

let collect: Collect | undefined;
/** What was in use after the last collection of either kind, in bytes. */
let kept: { minor: number; major: number } | undefined;

/** Lets go of what nobody needs any more in this thread, if it has become much; else it takes some microseconds. */
export function collectGarbage(): void {
  const { used_heap_size, external_memory } = v8.getHeapStatistics();
  const bytes = used_heap_size + external_memory;
  kept ??= { minor: bytes, major: bytes };
  // Memory is given back by other threads, a moment after a collection.
  kept.minor = Math.min(kept.minor, bytes);
  kept.major = Math.min(kept.major, bytes);
  if (bytes <= kept.minor + YOUNG_BYTES) return;
  const isMuch = bytes > kept.major + Math.max(OLD_BYTES, kept.major / 4);
  collect ??= collector();
  if (isMuch) collect();
  else collect({ type: 'minor' });
  kept.minor = bytes;
  if (isMuch) kept.major = bytes;
}

/** What tables of so many columns leave behind is more than all else that a job holds. */
const MANY_COLUMNS = 10_000;

/** Lets go of everything that reading the metadata of a very wide table, or planning it, has left behind. */
export function collectIfWide(columns: number): void {
  if (columns < MANY_COLUMNS) return;
  collect ??= collector();
  collect();
  kept = undefined;
}

function collector(): Collect {
  v8.setFlagsFromString('--expose-gc');
  return vm.runInNewContext('gc') as Collect;
}

/** Collecting after fewer bytes costs more time than the memory is worth: a turn takes about half a millisecond. */
const EVERY_BYTES = 4 * 2 ** 20;

/**
 * Buffers that were read and used are garbage of which V8 sees but the small objects in front: it lets some 60 MB of
 * them pile up, half of what the process may take. Whoever reads much of them says so here.
 */
export class BufferCollector {
  private bytes = 0;

  read(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes < EVERY_BYTES) return;
    this.bytes = 0;
    collect ??= collector();
    collect({ type: 'minor' });
  }
}
