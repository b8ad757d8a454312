// Receipts on disk: the newest text of each job is written, those in between are left out.
import type { Config } from '../../config/shape.ts';
import type { Receipt } from '../protocol.ts';
import type { ServerLink } from './server-link.ts';
import { isShareGone, openInbox } from './share.ts';

/** What keeps receipts from being written anywhere on the share. */
export type Obstacle = 'read_only' | 'full' | 'failing';

const OBSTACLES: Record<string, Obstacle> = {
  EROFS: 'read_only',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EIO: 'failing',
  ESTALE: 'failing',
};

export class ReceiptFiles {
  readonly #config: Config;
  readonly #link: ServerLink;
  readonly #due = new Map<number, Receipt>();
  #writing: Promise<Obstacle | undefined> | undefined;

  constructor(config: Config, link: ServerLink) {
    this.#config = config;
    this.#link = link;
  }

  add(receipt: Receipt): void {
    this.#due.set(receipt.jobId, receipt);
    void this.flush();
  }

  /** Writes all that is due. @returns what keeps the share from being written to; what is due is kept */
  flush(): Promise<Obstacle | undefined> {
    this.#writing ??= this.#writeAll().finally(() => (this.#writing = undefined));
    return this.#writing;
  }

  async #writeAll(): Promise<Obstacle | undefined> {
    for (let [next] = this.#due.values(); next; [next] = this.#due.values()) {
      const obstacle = await this.#write(next);
      if (obstacle !== undefined) return obstacle;
      if (this.#due.get(next.jobId) === next) this.#due.delete(next.jobId);
      await this.#link.ask('receiptWritten', { jobId: next.jobId, revision: next.revision });
    }
    return undefined;
  }

  /** @returns why it has to be tried again. What stands in its way in one folder does not keep the others waiting. */
  async #write({ inbox, receiptName, text, json }: Receipt): Promise<Obstacle | undefined> {
    try {
      await using dir = await openInbox(this.#config, inbox);
      await dir.replace(`${receiptName}.status.txt`, text);
      await dir.replace(`${receiptName}.status.json`, json);
      return undefined;
    } catch (error) {
      const obstacle = OBSTACLES[(error as NodeJS.ErrnoException).code ?? ''];
      return obstacle ?? ((await isShareGone(this.#config)) ? 'failing' : undefined);
    }
  }
}
