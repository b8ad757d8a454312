import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { useStatus } from '../../api/queries.ts';
import { FormDialog } from '../../parts/FormDialog.tsx';
import { count, plural } from '../../words/amounts.ts';
import { Field } from '../../parts/Field.tsx';

/** What cannot be undone. Each asks for a word to be typed and says how many it is about. */
export function DangerZone() {
  const [asking, setAsking] = useState<'clear' | 'shutdown'>();
  return (
    <section className="panel card danger-zone" aria-label="Danger zone">
      <h2>Danger zone</h2>
      <ul>
        <li>
          <div>
            <b>Clear the history</b>
            <p className="m2">
              Finished jobs leave the lists, with their logs. What is active stays; what was used still counts in
              penalties unless you say otherwise.
            </p>
          </div>
          <button type="button" className="btn danger" onClick={() => setAsking('clear')}>
            Clear…
          </button>
        </li>
        <li>
          <div>
            <b>Shut DoPQ down</b>
            <p className="m2">
              Running jobs go on without it and are taken over at the next start, unless you stop them. Nothing new
              starts, and this page goes away.
            </p>
          </div>
          <button type="button" className="btn danger" onClick={() => setAsking('shutdown')}>
            Shut down…
          </button>
        </li>
      </ul>
      {asking === 'clear' && <ClearDialog onClose={() => setAsking(undefined)} />}
      {asking === 'shutdown' && <ShutdownDialog onClose={() => setAsking(undefined)} />}
    </section>
  );
}

function Typed({ word, value, onChange }: { word: string; value: string; onChange: (value: string) => void }) {
  return (
    <Field
      label={
        <>
          Type <b>{word}</b> to go on
        </>
      }
      value={value}
      autoComplete="off"
      onText={onChange}
    />
  );
}

function ClearDialog({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const [forget, setForget] = useState(false);
  const [before, setBefore] = useState('');
  const until = before === '' ? undefined : new Date(`${before}T00:00`).toISOString();
  const { data } = useQuery({
    queryKey: ['clear', until],
    queryFn: () => api.jobs.page({ scope: 'finished', date: 'finished', limit: 1, ...(until && { until }) }),
  });
  const clear = async (): Promise<string> => {
    const { cleared } = await api.queue.clearHistory({ forget_use: forget, ...(until && { before: until }) });
    return `${plural(cleared, 'job')} cleared.`;
  };
  return (
    <FormDialog
      title="Clear the history"
      act={`Clear ${data ? count(data.total) : ''}`}
      onDo={clear}
      keep="Keep it"
      isDanger
      isReady={typed === 'clear'}
      onClose={onClose}
    >
      <p>
        This is about <b>{data ? plural(data.total, 'finished job') : '…'}</b>. It cannot be undone.
      </p>
      <Field label="Only those that ended before; empty = all" type="date" value={before} onText={setBefore} />
      <label className="tick">
        <input type="checkbox" checked={forget} onChange={(event) => setForget(event.target.checked)} />
        Forget what they used, too: penalties and reports change
      </label>
      <Typed word="clear" value={typed} onChange={setTyped} />
    </FormDialog>
  );
}

function ShutdownDialog({ onClose }: { onClose: () => void }) {
  const { data: status } = useStatus();
  const [typed, setTyped] = useState('');
  const [stopJobs, setStopJobs] = useState(false);
  const running = status?.queue.running ?? 0;
  const shutDown = async (): Promise<string> => {
    const { running: left } = await api.server.shutDown({ stop_jobs: stopJobs });
    return `DoPQ is going; ${plural(left, 'job')} ${stopJobs ? 'are stopped' : 'run on'}.`;
  };
  return (
    <FormDialog
      title="Shut DoPQ down"
      act="Shut down"
      onDo={shutDown}
      keep="Keep it up"
      isDanger
      isReady={typed === 'shut down'}
      onClose={onClose}
    >
      <p>
        <b>{plural(running, 'job')}</b> {running === 1 ? 'runs' : 'run'} now
        {stopJobs ? ' and would be stopped: their work is lost.' : ', and would run on.'}
      </p>
      <label className="tick">
        <input type="checkbox" checked={stopJobs} onChange={(event) => setStopJobs(event.target.checked)} />
        Stop them first
      </label>
      <Typed word="shut down" value={typed} onChange={setTyped} />
    </FormDialog>
  );
}
