/** What comes early waits for what stands before it. */
export class InOrder<T extends { id: number }> {
  /** The one that is due; all before it have been given. */
  next: number;
  private readonly waiting = new Map<number, T>();

  constructor(next = 0) {
    this.next = next;
  }

  /** Takes one, and calls `give` for each that is due then; `next` is the one behind it already. */
  take(item: T, give: (due: T) => void): void {
    this.waiting.set(item.id, item);
    for (let due = this.waiting.get(this.next); due; due = this.waiting.get(this.next)) {
      this.waiting.delete(this.next++);
      give(due);
    }
  }
}
