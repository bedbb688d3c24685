/** Messages in the order in which they came, for one reader that waits for the next. */
export class Inbox<T> {
  private readonly messages: T[] = [];
  private wake: (() => void) | undefined;

  push(message: T): void {
    this.messages.push(message);
    this.wake?.();
  }

  async take(): Promise<T> {
    while (this.messages.length === 0) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return this.messages.shift() as T;
  }
}
