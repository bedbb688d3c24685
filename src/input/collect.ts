import v8 from 'node:v8';
import vm from 'node:vm';

/** Collecting after fewer bytes costs more time than the memory is worth: a turn takes about half a millisecond. */
const EVERY_BYTES = 4 * 2 ** 20;

let collect: ((options: { type: 'minor' }) => void) | undefined;

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
    collect ??= exposed();
    collect({ type: 'minor' });
  }
}

function exposed(): NonNullable<typeof collect> {
  v8.setFlagsFromString('--expose-gc');
  return vm.runInNewContext('gc') as NonNullable<typeof collect>;
}
