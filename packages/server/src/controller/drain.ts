// GPUs and machines taken out of use and given back. What runs there goes on; nothing new starts.
import { DopqError, type Drain } from '@dopq/contract';
import type { DrainRecord } from '../store/drains.ts';
import { actorOf, type Caller } from './caller.ts';
import type { ControllerDeps } from './deps.ts';

interface Target {
  gpu?: string | undefined;
  machine?: string | undefined;
}

export function listDrains({ store }: ControllerDeps): Drain[] {
  return store.drains.list().map(presentDrain);
}

/** @throws DopqError GPU_NOT_FOUND, MACHINE_NOT_FOUND */
export function drain(
  deps: ControllerDeps,
  caller: Caller,
  { reason, ...target }: Target & { reason: string },
): Drain[] {
  const record = { subject: subjectOf(deps, target), reason, actor: actorOf(caller), at: deps.clock.now() };
  changeDrains(deps, caller, 'drained', `${record.subject} gets no new jobs${reason ? `: ${reason}` : ''}`, () => {
    deps.store.drains.put(record);
    return true;
  });
  return listDrains(deps);
}

/** One that is not drained stays as it is. @throws DopqError GPU_NOT_FOUND, MACHINE_NOT_FOUND */
export function undrain(deps: ControllerDeps, caller: Caller, target: Target): Drain[] {
  const subject = subjectOf(deps, target);
  changeDrains(deps, caller, 'undrained', `${subject} is used again`, () => deps.store.drains.remove(subject));
  return listDrains(deps);
}

function changeDrains(
  { store, clock, queue, log }: ControllerDeps,
  caller: Caller,
  kind: string,
  message: string,
  change: () => boolean,
): void {
  store.transaction(() => {
    if (!change()) return;
    store.events.append({ at: clock.now(), jobId: null, actor: actorOf(caller), kind, message });
    log.warn(message);
  });
  queue.wake();
}

function subjectOf(deps: ControllerDeps, { gpu, machine }: Target): string {
  if (gpu !== undefined) return `gpu:${uuidOf(deps, gpu)}`;
  const { machineId } = deps.engine;
  if (machine === machineId) return `machine:${machineId}`;
  throw new DopqError('MACHINE_NOT_FOUND', `There is no machine "${machine}".`, { fix: `There is: ${machineId}.` });
}

/** A drained GPU may be gone from the machine and still has to be given back. */
function uuidOf({ hardware, store }: ControllerDeps, wanted: string): string {
  const readings = hardware.gpus().gpus;
  const byIndex = readings.find(({ index }) => String(index) === wanted);
  if (byIndex) return byIndex.uuid;
  const drained = store.drains.list().flatMap(({ subject }) => /^gpu:(.+)$/.exec(subject)?.[1] ?? []);
  const uuids = [...new Set([...readings.map(({ uuid }) => uuid), ...drained])];
  const found = uuids.filter((uuid) => uuid.toLowerCase().startsWith(wanted.toLowerCase()));
  const [only] = found;
  if (only !== undefined && (found.length === 1 || found.includes(wanted)))
    return found.includes(wanted) ? wanted : only;
  throw new DopqError(
    'GPU_NOT_FOUND',
    found.length === 0 ? `There is no GPU "${wanted}".` : `"${wanted}" is the beginning of ${found.length} GPUs.`,
  );
}

function presentDrain({ subject, reason, actor, at }: DrainRecord): Drain {
  const [kind, id] = [subject.slice(0, subject.indexOf(':')), subject.slice(subject.indexOf(':') + 1)];
  return { kind: kind === 'gpu' ? 'gpu' : 'machine', id, reason, actor, since: new Date(at).toISOString() };
}
