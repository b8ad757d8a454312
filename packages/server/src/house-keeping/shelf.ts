import type { Kept, KeepLimits } from '@dopq/scheduler';

/** One kind of thing that DoPQ keeps. */
export interface Shelf {
  /** For people: `images`. */
  use: string;
  limits: KeepLimits;
  list(): Promise<Kept[]>;
  /** Removes one for good. Gone already is fine. @throws if it has to stay for now */
  remove(id: string): Promise<void>;
}
