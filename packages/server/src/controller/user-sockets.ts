// A socket for each registered user who has an account on this machine, in a folder that only that account can enter: who
// connects is that user, without a login. Node cannot ask a socket who is at its other end, so the folder proves it.
import { chmod, chown, lstat, mkdir, rmdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/shape.ts';
import type { Logger } from '../log.ts';
import type { Store } from '../store/store.ts';
import { listen, type Listener } from './listen.ts';
import { clearSocketPath } from './socket.ts';

const SOCKET_NAME = 'dopq.sock';

interface Open {
  uid: number;
  folder: string;
  listener: Listener;
}

export class UserSockets implements AsyncDisposable {
  readonly #folder: string | null;
  readonly #store: Store;
  readonly #log: Logger;
  readonly #open = new Map<string, Open>();
  /** One change after the other. */
  #work: Promise<void> = Promise.resolve();

  constructor({ config, store, log }: { config: Config; store: Store; log: Logger }) {
    // Folders of other accounts are made by root only.
    this.#folder = process.getuid?.() === 0 ? config.controller.userSockets : null;
    this.#store = store;
    this.#log = log;
  }

  /** Opens what is missing and closes what is no longer wanted. Never fails: a socket that cannot be made is reported. */
  refresh(app: FastifyInstance): Promise<void> {
    this.#work = this.#work
      .then(() => this.#refresh(app))
      .catch((error: unknown) => this.#log.warn({ err: error }, 'the sockets of users could not be made'));
    return this.#work;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#work;
    for (const user of this.#open.keys()) await this.#close(user);
  }

  async #refresh(app: FastifyInstance): Promise<void> {
    if (this.#folder === null) return;
    const enabled = this.#store.users.list().filter(({ disabledAt }) => disabledAt === null);
    const accounts = await existingUids(enabled.map(({ uid }) => uid));
    const wanted = new Map(enabled.filter(({ uid }) => accounts.has(uid)).map(({ name, uid }) => [name, uid]));
    for (const user of this.#open.keys()) if (!wanted.has(user)) await this.#close(user);
    const missing = [...wanted].filter(([user]) => !this.#open.has(user));
    if (missing.length === 0 || !(await this.#makeParent(this.#folder))) return;
    for (const [user, uid] of missing) await this.#openFor(app, user, uid, path.join(this.#folder, String(uid)));
  }

  async #openFor(app: FastifyInstance, user: string, uid: number, folder: string): Promise<void> {
    const socket = path.join(folder, SOCKET_NAME);
    try {
      // While root works in it nobody else may: what they left there could lead elsewhere.
      await mkdir(folder, { mode: 0o700 }).catch(ignoring('EEXIST'));
      if (!(await lstat(folder)).isDirectory()) throw new Error(`${folder} is not a folder`);
      await chown(folder, 0, 0);
      await chmod(folder, 0o700);
      await clearSocketPath(socket);
      const listener = await listen(app, { kind: 'user socket', user }, { path: socket });
      await chmod(socket, 0o666);
      await chown(folder, uid, 0);
      this.#open.set(user, { uid, folder, listener });
    } catch (error) {
      this.#log.warn({ user, socket }, `the socket of ${user} could not be made: ${(error as Error).message}`);
    }
  }

  async #close(user: string): Promise<void> {
    const open = this.#open.get(user);
    if (!open) return;
    this.#open.delete(user);
    await open.listener[Symbol.asyncDispose]();
    await unlink(path.join(open.folder, SOCKET_NAME)).catch(() => {});
    await rmdir(open.folder).catch(() => {});
  }

  /** @returns false if others could put something in the place of the folders in it */
  async #makeParent(folder: string): Promise<boolean> {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    const { uid, mode } = await lstat(folder);
    if (uid === 0 && (mode & 0o022) === 0) return true;
    this.#log.warn(
      { folder },
      `[controller] user.sockets = ${folder} is not root's alone; no user gets a socket there`,
    );
    return false;
  }
}

/** Those of the uids that are accounts of this machine, local or from a directory service. */
async function existingUids(uids: readonly number[]): Promise<Set<number>> {
  if (uids.length === 0) return new Set();
  const options = { reject: false, timeout: 10_000, stdin: 'ignore' } as const;
  // Absent where there is no getent.
  const { stdout }: { stdout?: string } = await execa('getent', ['passwd', '--', ...uids.map(String)], options);
  return new Set((stdout ?? '').split('\n').map((line) => Number(line.split(':')[2])));
}

function ignoring(code: string): (error: NodeJS.ErrnoException) => void {
  return (error) => {
    if (error.code !== code) throw error;
  };
}
