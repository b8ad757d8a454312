// The lab at a glance: who has what, why not me, when.
import { useActiveJobs, useFinishedJobs, useGpus, useStatus, useUsers } from '../../api/queries.ts';
import { useSamples } from '../../api/samples.ts';
import { Failure, Loading, useTitle } from '../../parts/page.tsx';
import { CompletedPanel } from './CompletedPanel.tsx';
import { EnqueuedPanel } from './EnqueuedPanel.tsx';
import { Figures } from './Figures.tsx';
import { Machines } from './Machines.tsx';
import { RunningPanel } from './RunningPanel.tsx';
import { StatusPanel } from './StatusPanel.tsx';
import { useRowCount } from './use-row-count.ts';
import { UsersPanel } from './UsersPanel.tsx';

export function Overview() {
  useTitle('Overview');
  const status = useStatus();
  const active = useActiveJobs();
  const finished = useFinishedJobs();
  const users = useUsers();
  const gpus = useGpus();
  const samples = useSamples(gpus.data ?? [], active.data ?? []);
  const [tables, rows] = useRowCount();
  const error = status.error ?? active.error ?? users.error ?? gpus.error;
  const isReady = status.data && active.data && finished.data && users.data && gpus.data;
  if (!isReady) return error ? <Failure error={error} /> : <Loading />;
  const jobs = active.data;
  return (
    <>
      <h1 className="vh">Overview</h1>
      {status.data.queue.locked && <Locked message={status.data.queue.message} />}
      <div className="seam">
        <Figures gpus={gpus.data} active={jobs} finished={finished.data} />
        <StatusPanel status={status.data} />
      </div>
      <Machines gpus={gpus.data} jobs={jobs} host={status.data.host} samples={samples} />
      <div className="seam tables" ref={tables}>
        <RunningPanel jobs={jobs} gpus={gpus.data} samples={samples} rows={rows} />
        <UsersPanel users={users.data} policy={status.data.queue.policy} rows={rows} />
        <EnqueuedPanel jobs={jobs} rows={rows} />
        <CompletedPanel jobs={finished.data} rows={rows} />
      </div>
    </>
  );
}

function Locked({ message }: { message: string | null }) {
  return (
    <div className="notice tone-look" role="status">
      <p>
        <b>The queue is locked.</b> Nothing starts; what runs goes on. {message}
      </p>
    </div>
  );
}
