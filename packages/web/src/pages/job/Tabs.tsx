// What belongs to a job, a tab each: what it printed, how it was built, what was asked for, what happened, what it left.
import type { JobDetail, JobEvent } from '@dopq/contract';
import { useState } from 'react';
import { mayActOn, useMe } from '../../api/me.ts';
import { Empty } from '../../parts/page.tsx';
import { ConfigTab } from './ConfigTab.tsx';
import { Events } from './Events.tsx';
import { FilesTab } from './FilesTab.tsx';
import { LogView } from './log/LogView.tsx';

type Tab = 'logs' | 'build' | 'config' | 'events' | 'files';

const BEFORE_BUILT = ['receiving', 'checking', 'building'];

/** Events are everybody's; the rest belongs to the owner, and operators may look. */
export function Tabs({ job, events }: { job: JobDetail; events: JobEvent[] }) {
  const [tab, setTab] = useState<Tab>(() => firstTab(job));
  const mayRead = mayActOn(useMe(), job.user);
  const tabs: [Tab, string][] = [
    ['logs', 'Logs'],
    ['build', 'Build'],
    ['config', 'Config'],
    ['events', `Events ${events.length}`],
    ['files', 'Files'],
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
        {tab === 'events' ? (
          <Events events={events} />
        ) : mayRead ? (
          <Owned tab={tab} job={job} />
        ) : (
          <Empty
            what={`Only ${job.user} and operators may read this.`}
            next="What a job prints, brings and writes is its owner’s."
          />
        )}
      </div>
    </section>
  );
}

/** A build that failed and a refused file are what one comes for. */
function firstTab({ attempt, build_log: buildLog, outcome }: JobDetail): Tab {
  if (attempt > 0) return 'logs';
  if (outcome === 'rejected') return 'config';
  return buildLog === null ? 'logs' : 'build';
}

function Owned({ tab, job }: { tab: Exclude<Tab, 'events'>; job: JobDetail }) {
  if (tab === 'config') return <ConfigTab job={job} />;
  if (tab === 'files') return <FilesTab job={job} />;
  if (tab === 'build') {
    if (job.build_log === null) {
      const next = 'A ready image, or one that was built before, needs none.';
      return <Empty what="There is no build log." {...(job.outcome !== 'rejected' && { next })} />;
    }
    const isBuilt = !BEFORE_BUILT.includes(job.state);
    return <LogView key="build" id={job.id} kind="build" isOver={isBuilt} none="Nothing was written yet." />;
  }
  if (job.attempt === 0) {
    const what =
      job.state === 'finished'
        ? 'It never started, so there is no log.'
        : 'It has not started, so there is no log yet.';
    return <Empty what={what} {...(job.build_log !== null && { next: 'Its build is under Build.' })} />;
  }
  return <LogView key="run" id={job.id} kind="run" isOver={job.state === 'finished'} none="Nothing was written yet." />;
}
