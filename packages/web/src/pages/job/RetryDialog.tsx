// A finished job once more, as a new one, with other figures if they are wanted.
import type { Job, JobConfig } from '@dopq/contract';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useAction } from '../../api/act.ts';
import { api } from '../../api/client.ts';
import { Shell } from '../../parts/Copy.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import { Failure, Loading } from '../../parts/page.tsx';
import { ConfigEditor } from '../submit/ConfigEditor.tsx';
import { readObject } from '../submit/form-fields.ts';
import { useJudgement } from '../submit/use-judgement.ts';
import { Verdict } from '../submit/Verdict.tsx';
import { changesOf, textToBegin } from './retry-changes.ts';

export default function RetryDialog({ job, onClose }: { job: Job; onClose: () => void }) {
  const { data, error } = useQuery({
    queryKey: ['job-config', job.id],
    queryFn: () => api.jobs.config({ id: job.id }),
    refetchInterval: false,
  });
  return (
    <Dialog title={`Submit #${job.id} ${job.name} again`} onClose={onClose} wide>
      {data ? <Form job={job} before={data} onClose={onClose} /> : error ? <Failure error={error} /> : <Loading />}
    </Dialog>
  );
}

function Form({ job, before, onClose }: { job: Job; before: JobConfig; onClose: () => void }) {
  const navigate = useNavigate();
  const [run, isBusy] = useAction();
  const [first] = useState(() => textToBegin(before));
  const [text, setText] = useState(first);
  const judgement = useJudgement(text, job.user);
  const changes = changesOf(first, text);
  const isSound = before.config === null || (changes !== undefined && judgement?.problems.length === 0);
  const words = Object.entries(changes ?? {}).map(([key, value]) => `${key}=${shellValue(value)}`);
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    void run(async () => {
      const { id } = await api.jobs.retry({ id: job.id, changes: changes ?? {} });
      onClose();
      await navigate({ to: '/jobs/$id', params: { id: String(id) } });
      return `#${job.id} runs once more as #${id}.`;
    });
  };
  return (
    <form className="dialog-form findings" onSubmit={submit}>
      <p className="m2">
        A new job from the archive that was kept, for {job.user}. What was built already is not built again; #{job.id}{' '}
        stays in the history as it is.
      </p>
      {before.config === null ? (
        <p className="m2">Its container_config.json is not known here, so nothing of it can be changed.</p>
      ) : (
        <>
          <ConfigEditor config={text} onConfig={setText} note="change what is to be different this time" />
          <div aria-live="polite">
            <Verdict problems={judgement?.problems ?? []} judgement={judgement} />
          </div>
        </>
      )}
      <div className="acts">
        <Shell
          command={[`dopq retry ${job.id}`, ...words.map((word) => `--set ${word}`)].join(' ')}
          verb="The same in the shell"
        />
        <span className="gap" />
        <button type="button" className="btn" onClick={onClose}>
          Leave it
        </button>
        <button type="submit" className="btn main" disabled={isBusy || !isSound}>
          {changes && Object.keys(changes).length > 0
            ? `Submit again with ${Object.keys(changes).length === 1 ? 'one change' : `${Object.keys(changes).length} changes`}`
            : 'Submit again as it was'}
        </button>
      </div>
      {readObject(text) === undefined && <p className="m2 small">The text is no JSON object.</p>}
    </form>
  );
}

/** As the command line takes it: plain words as they are, everything else as JSON in quotes. */
function shellValue(value: unknown): string {
  if (typeof value === 'string' && /^[\w.:/-]+$/.test(value)) return value;
  const json = JSON.stringify(value);
  return /^[\w.]+$/.test(json) ? json : `'${json.replaceAll("'", String.raw`'\''`)}'`;
}
