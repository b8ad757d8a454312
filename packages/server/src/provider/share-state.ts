// How the share is, as the Provider tells it.
import type { Clock } from '../clock.ts';
import type { Config } from '../config/shape.ts';
import type { Logger } from '../log.ts';
import type { Store } from '../store/store.ts';

export interface ShareStatus {
  state: string;
  message: string | null;
  /** Since when it is what it is; null = it has not been looked at yet. */
  since: number | null;
}

export class ShareState {
  readonly #parts: { config: Config; store: Store; clock: Clock; log: Logger };
  #status: ShareStatus = { state: 'unknown', message: null, since: null };

  constructor(parts: { config: Config; store: Store; clock: Clock; log: Logger }) {
    this.#parts = parts;
  }

  get status(): ShareStatus {
    return this.#status;
  }

  /** An empty folder where a file system was mounted before is no share, also after a restart. */
  get wasMounted(): boolean {
    const { store, config } = this.#parts;
    return store.settings.find('shareMounted') === config.paths.network;
  }

  note({ state, message, mounted }: { state: string; message: string | null; mounted?: boolean }): void {
    if (state === 'ok' && mounted !== undefined) this.#rememberMount(mounted);
    const before = this.#status;
    if (state === before.state && message === before.message) return;
    const { log, config, clock } = this.#parts;
    this.#status = { state, message, since: state === before.state ? before.since : clock.now() };
    log[state === 'ok' ? 'info' : 'warn']({ share: config.paths.network, state }, message ?? 'the share is there');
  }

  #rememberMount(mounted: boolean): void {
    const { store, config } = this.#parts;
    if (mounted === this.wasMounted) return;
    if (mounted) store.settings.set('shareMounted', config.paths.network);
    else store.settings.remove('shareMounted');
  }
}
