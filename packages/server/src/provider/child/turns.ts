// Whose turn is it? Work waits in one line per user and the lines are served in turn, so that twenty archives of one
// user delay another by at most the one that is being worked on.

interface Waiting {
  start(): void;
}

export class Turns {
  readonly #parallel: number;
  readonly #lines = new Map<string, Set<Waiting>>();
  /** Line -> when it was served last, counted in turns; kept while nobody waits in it, or coming back would win a turn. */
  readonly #servedAt = new Map<string, number>();
  #turns = 0;
  #running = 0;

  constructor(parallel: number) {
    this.#parallel = parallel;
  }

  get running(): number {
    return this.#running;
  }

  /**
   * Does the work when it is its line's turn.
   * @throws the signal's reason if it is aborted before the work began
   */
  async run<T>(line: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#turn(line, signal);
    try {
      return await work();
    } finally {
      this.#running--;
      this.#next();
    }
  }

  #turn(line: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const waiting = {
        start: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      const leave = () => {
        this.#leave(line, waiting);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', leave, { once: true });
      const others = this.#lines.get(line);
      if (others) others.add(waiting);
      else this.#lines.set(line, new Set([waiting]));
      this.#next();
    });
  }

  #leave(line: string, waiting: Waiting): void {
    const others = this.#lines.get(line);
    others?.delete(waiting);
    if (others?.size === 0) this.#lines.delete(line);
  }

  #next(): void {
    if (this.#running >= this.#parallel) return;
    const line = this.#longestUnserved();
    if (line === undefined) return;
    const [next] = this.#lines.get(line) ?? [];
    if (!next) return;
    this.#leave(line, next);
    this.#servedAt.set(line, ++this.#turns);
    this.#running++;
    next.start();
    this.#next();
  }

  #longestUnserved(): string | undefined {
    let longest: { line: string; servedAt: number } | undefined;
    for (const line of this.#lines.keys()) {
      const servedAt = this.#servedAt.get(line) ?? 0;
      if (!longest || servedAt < longest.servedAt) longest = { line, servedAt };
    }
    return longest?.line;
  }
}
