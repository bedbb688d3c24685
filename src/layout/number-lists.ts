/** Pairs of numbers, in an array that the next list of pairs takes over. */
export class NumberList {
  private numbers = new Float64Array(16);
  private length = 0;

  clear(): void {
    this.length = 0;
  }

  get pairs(): number {
    return this.length / 2;
  }

  push(first: number, second: number): void {
    if (this.length === this.numbers.length) {
      const longer = new Float64Array(this.length * 2);
      longer.set(this.numbers);
      this.numbers = longer;
    }
    this.numbers[this.length++] = first;
    this.numbers[this.length++] = second;
  }

  /** An array of that length, which the next list most likely has too. */
  take(): Float64Array {
    if (this.length < this.numbers.length) this.numbers = this.numbers.slice(0, this.length);
    return this.numbers;
  }
}

/** The nodes and buffers of one batch after the other. */
export class LayoutLists {
  readonly nodes = new NumberList();
  readonly buffers = new NumberList();
}
