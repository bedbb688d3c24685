import { aligned } from '../../src/layout/batch-layout.ts';
import { piecesOf, type Store } from '../io/store.ts';

/** Bytes that lie in a store. */
export interface StoredPart {
  store: Store;
  position: number;
  length: number;
}

/** What is worth a part of its own, rather than a copy. */
const LARGE = 2 ** 16;

/** The body of a batch as it grows: what is written to a store, and what stays in another one. */
export class PackedBody {
  readonly parts: StoredPart[] = [];
  length = 0;
  readonly #store: Store;
  /** Where the next byte goes. */
  #position: number;

  constructor(store: Store, position: number) {
    this.#store = store;
    this.#position = position;
  }

  write(bytes: Uint8Array): void {
    this.#store.write(bytes, this.#position);
    this.#add({ store: this.#store, position: this.#position, length: bytes.length });
    this.#position += bytes.length;
  }

  /** Appends bytes of another store, which stay as they are until the body is written. */
  refer(store: Store, position: number, length: number): void {
    if (length >= LARGE) this.#add({ store, position, length });
    else for (const piece of piecesOf(store, position, length)) this.write(piece);
  }

  /** Zeros up to where the next buffer may begin. */
  pad(): void {
    this.write(new Uint8Array(aligned(this.length) - this.length));
  }

  /** For `goBack`, to before what is written from now on. */
  mark(): { position: number; length: number; parts: number; last: number } {
    const last = this.parts.at(-1)?.length ?? 0;
    return { position: this.#position, length: this.length, parts: this.parts.length, last };
  }

  goBack({ position, length, parts, last }: ReturnType<PackedBody['mark']>): void {
    this.#position = position;
    this.length = length;
    this.parts.length = parts;
    const part = this.parts.at(-1);
    if (part) part.length = last;
  }

  #add(part: StoredPart): void {
    this.length += part.length;
    const last = this.parts.at(-1);
    if (last && last.store === part.store && last.position + last.length === part.position)
      last.length += part.length;
    else if (part.length > 0) this.parts.push(part);
  }
}
