// The lab at a glance: who has what, why not me, when.
import type { Lock } from '@dopq/contract';
import { isOperator, useMe } from '../../api/me.ts';
import {
  useFinishedHead,
  useToday,
  useGpus,
  useQueueHead,
  useRunningJobs,
  useStatus,
  useUsers,
} from '../../api/queries.ts';
import { useSamples } from '../../api/samples.ts';
import { lockedBy, UnlockButton } from '../../parts/Lock.tsx';
import { Failure, Loading, useTitle } from '../../parts/page.tsx';
import { useNow, useWords } from '../../parts/use-now.ts';
import { startOfDay } from '../../words/time.ts';
import { CompletedPanel } from './CompletedPanel.tsx';
import { EnqueuedPanel } from './EnqueuedPanel.tsx';
import { Figures } from './Figures.tsx';
import { Machines } from './Machines.tsx';
import { RunningPanel } from './RunningPanel.tsx';
import { StatusPanel } from './StatusPanel.tsx';
import { useRowCount } from './use-row-count.ts';
import { UsersPanel } from './UsersPanel.tsx';

/** More of the queue than any screen has rows for. */
const HEAD = 40;

export function Overview() {
  useTitle('Overview');
  const status = useStatus();
  const running = useRunningJobs();
  const queue = useQueueHead(HEAD);
  const finished = useFinishedHead(HEAD);
  const midnight = Number(useWords((now) => String(startOfDay(now))));
  const { data: today } = useToday(midnight, finished.data?.jobs[0]?.id);
  const users = useUsers();
  const gpus = useGpus();
  const samples = useSamples(gpus.data ?? [], running.data ?? []);
  const [tables, rows] = useRowCount();
  const error = status.error ?? running.error ?? queue.error ?? users.error ?? gpus.error;
  const isReady = status.data && running.data && queue.data && finished.data && users.data && gpus.data;
  if (!isReady) return error ? <Failure error={error} /> : <Loading />;
  return (
    <>
      <h1 className="vh">Overview</h1>
      {status.data.queue.lock.locked && <Locked lock={status.data.queue.lock} />}
      <div className="seam">
        <Figures gpus={gpus.data} running={running.data} queue={queue.data} status={status.data} today={today} />
        <StatusPanel status={status.data} />
      </div>
      <Machines gpus={gpus.data} jobs={running.data} host={status.data.host} samples={samples} />
      <div className="seam tables" ref={tables}>
        <RunningPanel jobs={running.data} gpus={gpus.data} samples={samples} rows={rows} />
        <UsersPanel users={users.data} policy={status.data.queue.policy} rows={rows} />
        <EnqueuedPanel jobs={queue.data.jobs} total={queue.data.total} rows={rows} />
        <CompletedPanel jobs={finished.data.jobs} today={today?.finished} rows={rows} />
      </div>
    </>
  );
}

function Locked({ lock }: { lock: Lock }) {
  const now = useNow();
  const me = useMe();
  return (
    <div className="notice tone-look" role="status">
      <p>
        <b>The queue is locked.</b> {lockedBy(lock, now)} Nothing starts; what runs goes on. {lock.message}
      </p>
      <span className="gap" />
      {isOperator(me) && <UnlockButton />}
    </div>
  );
}
