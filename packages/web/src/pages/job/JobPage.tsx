import type { JobDetail } from '@dopq/contract';
import { useParams } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useEvents, useGpus, useJob, WAITING } from '../../api/queries.ts';
import { InTheShell } from '../../parts/Copy.tsx';
import { Failure, Loading, useTitle } from '../../parts/page.tsx';
import { Problems } from '../../parts/Problems.tsx';
import { State } from '../../parts/State.tsx';
import { places } from '../../words/gpu.ts';
import { showState } from '../../words/states.ts';
import { WhyPanel } from '../queue/WhyPanel.tsx';
import { JobActs } from './JobActs.tsx';
import { commandsFor } from './commands.ts';
import { AskedFor, Efficiency } from './Rail.tsx';
import { Tabs } from './Tabs.tsx';
import { Timeline } from './Timeline.tsx';

// The charts come with a library of their own; the log is there before them.
const JobCharts = lazy(() => import('./JobCharts.tsx'));

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

function Shown({ job }: { job: JobDetail }) {
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
      <Ending job={job} />
      {job.problems.length > 0 && (
        <section className="panel card" aria-label="What is wrong">
          <h2>
            What is wrong <span>mend it and submit it again</span>
          </h2>
          <Problems problems={job.problems} />
        </section>
      )}
      <Timeline job={job} events={events} />
      <div className="jobgrid">
        <div className="jobmain">
          {WAITING.includes(job.state) && <WhyPanel job={job} />}
          <Tabs job={job} events={events} />
          {job.started_at !== null && (
            <section className="panel" aria-label="What it used">
              <Suspense fallback={<Loading />}>
                <JobCharts job={job} gpus={gpus} events={events} />
              </Suspense>
            </section>
          )}
        </div>
        <div className="rail">
          <Efficiency job={job} />
          <AskedFor job={job} />
          <InTheShell lines={commandsFor(job)} />
        </div>
      </div>
    </>
  );
}

/** Why it ended as it did, where nothing else on the page says it. */
function Ending({ job }: { job: JobDetail }) {
  const { icon, tone } = showState(job);
  const isSaid = job.problems.length > 0 || job.reason === `exit code ${job.exit_code}`;
  if (job.state !== 'finished' || job.outcome === 'succeeded' || !job.reason || isSaid) return null;
  return (
    <div className={`notice tone-${tone}`}>
      <State icon={icon} tone={tone} word="" />
      <p className="ending">{job.reason}</p>
    </div>
  );
}
