import type { Job } from '@dopq/contract';
import { useParams } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { mayActOn, useMe } from '../../api/me.ts';
import { useEvents, useGpus, useJob, WAITING } from '../../api/queries.ts';
import { Empty, Failure, Loading, useTitle } from '../../parts/page.tsx';
import { State } from '../../parts/State.tsx';
import { places } from '../../words/gpu.ts';
import { showState } from '../../words/states.ts';
import { WhyPanel } from '../queue/WhyPanel.tsx';
import { Events } from './Events.tsx';
import { JobActs } from './JobActs.tsx';
import { LogView } from './log/LogView.tsx';
import { AskedFor, Efficiency, InTheShell } from './Rail.tsx';
import { Timeline } from './Timeline.tsx';
import '../../styles/job.css';

// The charts come with a library of their own; the log is there before them.
const JobCharts = lazy(() => import('./JobCharts.tsx'));

type Tab = 'logs' | 'build' | 'events';

export function JobPage() {
  const id = Number(useParams({ from: '/jobs/$id' }).id);
  const { data: job, error } = useJob(id);
  useTitle(job ? `#${job.id} ${job.name}` : `#${id}`);
  if (!job) {
    return (
      <>
        <h1 className="vh">Job #{id}</h1>
        {error ? <Failure error={error} /> : <Loading />}
      </>
    );
  }
  return <Shown key={id} job={job} />;
}

function Shown({ job }: { job: Job }) {
  const { data: events = [] } = useEvents(job.id);
  const { data: gpus = [] } = useGpus();
  const where = places(job.gpus, gpus);
  const facts = [job.user || 'owner not known yet', where, job.attempt > 0 ? `attempt ${job.attempt}` : ''].filter(
    Boolean,
  );
  return (
    <>
      <div className="head">
        <h1 className="cut" title={job.name}>
          <span className="m3">#{job.id}</span> {job.name}
        </h1>
        <State {...showState(job)} chip />
        <span className="n">{facts.join(', ')}</span>
        {job.unverified && (
          <State
            icon="warn"
            tone="look"
            word="owner not verified"
            chip
            title="Nothing but the file’s own words says whose job it is."
          />
        )}
        <span className="gap" />
        <JobActs job={job} />
      </div>
      {job.state === 'finished' && job.outcome !== 'succeeded' && job.reason && <Ending job={job} />}
      <Timeline job={job} events={events} />
      {WAITING.includes(job.state) && <WhyPanel job={job} />}
      <div className="jobgrid">
        <div className="jobmain">
          <Tabs job={job} events={events} />
          {job.started_at !== null && (
            <section className="panel" aria-label="What it used">
              <Suspense fallback={<Loading />}>
                <JobCharts job={job} gpus={gpus} />
              </Suspense>
            </section>
          )}
        </div>
        <div className="rail">
          <Efficiency job={job} />
          <AskedFor job={job} />
          <InTheShell job={job} />
        </div>
      </div>
    </>
  );
}

const receiptWords = ({ file }: Job): string =>
  `The receipt beside ${file} has every problem, with its line, its rule and what to write instead.`;

function Ending({ job }: { job: Job }) {
  const { icon, tone } = showState(job);
  return (
    <div className={`notice tone-${tone}`}>
      <State icon={icon} tone={tone} word="" />
      <p className="ending">
        {job.reason}
        {job.outcome === 'rejected' && job.source === 'share' && `\n${receiptWords(job)}`}
      </p>
    </div>
  );
}

/** Logs and build output belong to the owner; operators may look. */
function Tabs({ job, events }: { job: Job; events: Parameters<typeof Events>[0]['events'] }) {
  const [tab, setTab] = useState<Tab>(job.attempt === 0 && job.build_log !== null ? 'build' : 'logs');
  const me = useMe();
  const mayRead = mayActOn(me, job.user);
  const isBuilt = !['receiving', 'checking', 'building'].includes(job.state);
  const tabs: [Tab, string][] = [
    ['logs', 'Logs'],
    ['build', 'Build'],
    ['events', `Events ${events.length}`],
  ];
  return (
    <section className="panel tabbed">
      <div className="tabs" role="tablist" aria-label="Of this job">
        {tabs.map(([value, name], index) => (
          <button
            key={value}
            type="button"
            role="tab"
            id={`tab-${value}`}
            aria-selected={tab === value}
            aria-controls="tab-panel"
            tabIndex={tab === value ? 0 : -1}
            onClick={() => setTab(value)}
            onKeyDown={(event) => {
              const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
              const to = tabs[(index + by + tabs.length) % tabs.length];
              if (by === 0 || !to) return;
              setTab(to[0]);
              document.getElementById(`tab-${to[0]}`)?.focus();
            }}
          >
            {name}
          </button>
        ))}
      </div>
      <div role="tabpanel" id="tab-panel" aria-labelledby={`tab-${tab}`} className="tab-panel">
        {tab !== 'events' && !mayRead && (
          <Empty what={`Only ${job.user} and operators may read this.`} next="What a job prints is its owner’s." />
        )}
        {tab === 'logs' &&
          mayRead &&
          (job.attempt === 0 ? (
            <Empty
              what={
                job.state === 'finished'
                  ? 'It never started, so there is no log.'
                  : 'It has not started, so there is no log yet.'
              }
              {...(job.build_log !== null && { next: 'Its build is under Build.' })}
            />
          ) : (
            <LogView
              key="run"
              id={job.id}
              kind="run"
              isOver={job.state === 'finished'}
              none="Nothing was written yet."
            />
          ))}
        {tab === 'build' &&
          mayRead &&
          (job.build_log === null ? (
            <Empty
              what="There is no build log."
              {...(job.outcome !== 'rejected' && { next: 'A ready image, or one that was built before, needs none.' })}
            />
          ) : (
            <LogView key="build" id={job.id} kind="build" isOver={isBuilt} none="Nothing was written yet." />
          ))}
        {tab === 'events' && <Events events={events} />}
      </div>
    </section>
  );
}
