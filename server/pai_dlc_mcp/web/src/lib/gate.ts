// At most so many reads at once, in the order in which they were asked for.

export class Gate {
  private inFlight = 0;
  private readonly queue: (() => void)[] = [];

  constructor(private readonly most: number) {}

  async run<Value>(work: () => Promise<Value>): Promise<Value> {
    if (this.inFlight >= this.most) await new Promise<void>((resume) => this.queue.push(resume));
    this.inFlight += 1;
    try {
      return await work();
    } finally {
      this.inFlight -= 1;
      this.queue.shift()?.();
    }
  }
}
