// The kinds of GPUs that jobs ask for. Thousands of jobs share a few kinds, so each kind is met once per machine and pass.
import type { Request } from './snapshot.ts';

/** What a job asks of each of its GPUs. */
export interface GpuWish extends Pick<Request, 'numSlots' | 'gpuModels' | 'minGpuMemoryBytes' | 'gpuMemoryBytes'> {
  /** Counts the kinds of one pass from 0. */
  index: number;
}

/** Gives equal wishes the same object. */
export class GpuWishes {
  readonly #plain: GpuWish[] = [];
  readonly #special = new Map<string, GpuWish>();
  #size = 0;

  of(request: Request): GpuWish {
    const { numSlots, gpuModels, minGpuMemoryBytes, gpuMemoryBytes } = request;
    if (!gpuModels?.length && !minGpuMemoryBytes && gpuMemoryBytes === undefined)
      return (this.#plain[numSlots] ??= this.#next({ numSlots }));
    const key = JSON.stringify([numSlots, minGpuMemoryBytes ?? 0, gpuMemoryBytes, gpuModels]);
    let wish = this.#special.get(key);
    if (!wish) this.#special.set(key, (wish = this.#next({ numSlots, gpuModels, minGpuMemoryBytes, gpuMemoryBytes })));
    return wish;
  }

  #next(wish: Omit<GpuWish, 'index'>): GpuWish {
    this.#size += 1;
    return { ...wish, index: this.#size - 1 };
  }
}
