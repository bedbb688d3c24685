/**
 * The last bytes of a text that comes in order, in shared memory: one thread writes, all read. A byte of the text
 * stands at its position modulo the size, until others are written over it.
 */
export class Ring {
  /** A Buffer, which finds a byte much faster than a Uint8Array does. */
  readonly bytes: Buffer;

  constructor(buffer: SharedArrayBuffer) {
    this.bytes = Buffer.from(buffer);
  }

  write(bytes: Uint8Array, position: number): void {
    const at = position % this.bytes.length;
    const first = Math.min(bytes.length, this.bytes.length - at);
    this.bytes.set(bytes.subarray(0, first), at);
    this.bytes.set(bytes.subarray(first), 0);
  }

  /** Fills `bytes` from `position`. */
  read(bytes: Uint8Array, position: number): void {
    let done = 0;
    for (const part of this.parts(position, position + bytes.length)) {
      bytes.set(part, done);
      done += part.length;
    }
  }

  at(position: number): number {
    return this.bytes[position % this.bytes.length];
  }

  /** The bytes of [from, to), which may go on at the ring's start. */
  parts(from: number, to: number): Buffer[] {
    if (to <= from) return [];
    const start = from % this.bytes.length;
    const end = start + (to - from);
    if (end <= this.bytes.length) return [this.bytes.subarray(start, end)];
    return [this.bytes.subarray(start), this.bytes.subarray(0, end - this.bytes.length)];
  }
}
