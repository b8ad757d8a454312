// Receipts on disk: the newest text of each job is written, those in between are left out.
import type { Config } from '../../config/shape.ts';
import type { Receipt } from '../protocol.ts';
import type { ServerLink } from './server-link.ts';
import { isShareGone, openInbox } from './share.ts';

export class ReceiptFiles {
  readonly #config: Config;
  readonly #link: ServerLink;
  readonly #due = new Map<number, Receipt>();
  #writing: Promise<boolean> | undefined;

  constructor(config: Config, link: ServerLink) {
    this.#config = config;
    this.#link = link;
  }

  add(receipt: Receipt): void {
    this.#due.set(receipt.jobId, receipt);
    void this.flush();
  }

  /** Writes all that is due. @returns false if the share cannot be written to; what is due is kept */
  flush(): Promise<boolean> {
    this.#writing ??= this.#writeAll().finally(() => (this.#writing = undefined));
    return this.#writing;
  }

  async #writeAll(): Promise<boolean> {
    for (let [next] = this.#due.values(); next; [next] = this.#due.values()) {
      if (!(await this.#write(next))) return false;
      if (this.#due.get(next.jobId) === next) this.#due.delete(next.jobId);
      await this.#link.ask('receiptWritten', { jobId: next.jobId, revision: next.revision });
    }
    return true;
  }

  /** @returns false if it has to be tried again. What stands in its way in one folder does not keep the others waiting. */
  async #write({ inbox, receiptName, text, json }: Receipt): Promise<boolean> {
    try {
      await using dir = await openInbox(this.#config, inbox);
      await dir.replace(`${receiptName}.status.txt`, text);
      await dir.replace(`${receiptName}.status.json`, json);
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EROFS' || code === 'ENOSPC' || code === 'EDQUOT' || code === 'EIO' || code === 'ESTALE')
        return false;
      return !(await isShareGone(this.#config));
    }
  }
}
