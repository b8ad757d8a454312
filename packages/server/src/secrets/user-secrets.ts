// A user's secrets: set, listed by name, given to containers, and known to whoever has to mask them.
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import type { SecretRecord } from '../store/secrets.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from './vault.ts';

export class UserSecrets {
  readonly #store: Store;
  readonly #vault: Vault;
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor({ store, vault, clock, log }: { store: Store; vault: Vault; clock: Clock; log: Logger }) {
    this.#store = store;
    this.#vault = vault;
    this.#clock = clock;
    this.#log = log;
  }

  list(user: string): Pick<SecretRecord, 'name' | 'createdAt' | 'updatedAt'>[] {
    return this.#store.secrets.ofUser(user);
  }

  /** Containers that run keep the value they were started with. */
  set(user: string, name: string, value: string): void {
    const at = this.#clock.now();
    this.#store.transaction(() => {
      const createdAt = this.#retire(user, name, at) ?? at;
      const sealed = this.#vault.seal(value, aboutOf(user, name));
      this.#store.secrets.add({ user, name, sealed, createdAt, updatedAt: at });
    });
  }

  /** @returns false if there was none */
  remove(user: string, name: string): boolean {
    return this.#store.transaction(() => this.#retire(user, name, this.#clock.now()) !== undefined);
  }

  /** What a container of the user gets. One that cannot be opened (another key) is left out and told of in the log. */
  environment(user: string): Record<string, string> {
    const entries = this.#store.secrets.ofUser(user).map((secret) => [secret.name, this.#open(secret)] as const);
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
  }

  /** Every value that must not be seen in what this user's (without one: anybody's) containers print. */
  toMask(user?: string): string[] {
    return this.#store.secrets.ever(user).flatMap((secret) => this.#open(secret) ?? []);
  }

  /** The old value is forgotten once no container can have it. */
  #retire(user: string, name: string, at: number): number | undefined {
    const isIdle = this.#store.jobs.inStates('starting', 'running').every((job) => job.user !== user);
    if (isIdle) this.#store.secrets.dropRetired(user);
    return this.#store.secrets.retire(user, name, at);
  }

  #open(secret: SecretRecord): string | undefined {
    try {
      return this.#vault.open(secret.sealed, aboutOf(secret.user, secret.name));
    } catch {
      this.#log.error({ user: secret.user, secret: secret.name }, 'a secret cannot be opened; it has to be set anew');
      return undefined;
    }
  }
}

const aboutOf = (user: string, name: string): string => `${user}\0${name}`;
