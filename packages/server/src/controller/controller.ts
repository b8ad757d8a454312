// The remote API in front of everything. It reads the store and records wishes; the queue and the Provider act on them.
import { chmod } from 'node:fs/promises';
import { createAccounts } from './accounts/accounts.ts';
import { AuditLog } from './audit.ts';
import type { ControllerDeps, GivenDeps } from './deps.ts';
import { Feed, type FeedSources } from './feed.ts';
import { createRoutes } from './http.ts';
import { listen } from './listen.ts';
import { clearSocketPath } from './socket.ts';
import { TcpDoor } from './tcp.ts';
import { UserSockets } from './user-sockets.ts';
import { clearIncoming } from './upload.ts';

export interface Controller extends AsyncDisposable {
  /** What procedures work with. */
  readonly deps: ControllerDeps;
}

/**
 * Opens the API on the configured unix socket, and on TCP if the configuration says so. The socket's folder has to be
 * private (0700): who can reach it is its owner.
 * @throws Error if the path cannot be used, another server answers there, or files of TLS cannot be read
 */
export async function startController(given: GivenDeps): Promise<Controller> {
  const { socket } = given.config.controller;
  await using stack = new AsyncDisposableStack();
  const tcp = stack.use(new TcpDoor(given));
  const feed = stack.use(new Feed(feedSources(given), given.clock.now()));
  const sockets = stack.use(new UserSockets(given));
  const deps: ControllerDeps = {
    ...given,
    tcp,
    feed,
    accounts: createAccounts(given),
    audit: new AuditLog(given),
    usersChanged() {
      given.provider.usersChanged();
      void sockets.refresh(app);
    },
  };
  await clearIncoming(deps);
  await clearSocketPath(socket);
  const app = await createRoutes(deps);
  stack.defer(() => app.close());
  stack.use(await listen(app, { kind: 'admin socket' }, { path: socket }));
  await chmod(socket, 0o600);
  deps.log.info({ socket }, 'controller listens');
  await tcp.open(app);
  // A directory service may take its time to say who has an account.
  void sockets.refresh(app);
  const parts = stack.move();
  return {
    deps,
    async [Symbol.asyncDispose]() {
      await parts.disposeAsync();
      deps.log.info('controller closed');
    },
  };
}

function feedSources({ store, hardware, engine, queue, log }: GivenDeps): FeedSources {
  return {
    onCommit: (listener) => store.onCommit(listener),
    sampleMark: () => [hardware.gpus().at, hardware.gpus().state, engine.status().state, queue.status().state].join(),
    log,
  };
}
