// Finished jobs out of sight. Active ones are never touched, and what people used keeps counting unless that is asked for.
import type { ClearHistory } from '@dopq/contract';
import { actorOf, type Caller } from './caller.ts';
import type { ControllerDeps } from './deps.ts';

/** Logs and archives stay on disk for as long as house-keeping keeps them. */
export function clearHistory(deps: ControllerDeps, caller: Caller, query: ClearHistory): { cleared: number } {
  const { store, clock, log } = deps;
  const at = clock.now();
  const before = query.before === undefined ? at : Date.parse(query.before);
  const cleared = store.transaction(() => {
    const count = store.history.clear({ before, user: query.user, at });
    const forgotten = query.forget_use ? store.history.forget({ user: query.user, before }) : 0;
    const words = [
      `${count} finished jobs`,
      query.user === undefined ? '' : ` of ${query.user}`,
      query.before === undefined ? '' : ` that ended before ${query.before}`,
      query.forget_use ? `, the use of ${forgotten} forgotten` : ', their use still counts',
    ];
    const message = words.join('');
    store.events.append({ at, jobId: null, actor: actorOf(caller), kind: 'history_cleared', message });
    log.warn(`the history was cleared: ${message}`);
    return count;
  });
  deps.queue.wake();
  return { cleared };
}
