// Drop a zip or a folder; what is wrong is said before anything is sent.
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { api } from '../../api/client.ts';
import { isOperator, useMe } from '../../api/me.ts';
import { useUsers } from '../../api/queries.ts';
import { InTheShell } from '../../parts/Copy.tsx';
import { Meter } from '../../parts/figures.tsx';
import { PageHead } from '../../parts/page.tsx';
import { sayFailure } from '../../parts/toasts.tsx';
import { fileSize, plural } from '../../words/amounts.ts';
import { type Archive, configToBegin, readDrop, readFolder, readZip } from './archive.ts';
import { ConfigEditor } from './ConfigEditor.tsx';
import { useFindings } from './use-findings.ts';
import { Verdict } from './Verdict.tsx';
import { upload } from './upload.ts';

const COMMANDS = [
  ['This folder', 'dopq submit .'],
  ['A zip', 'dopq submit job.zip'],
  ['Check it', 'dopq validate .'],
] as const;

export function Submit() {
  const [archive, setArchive] = useState<Archive>();
  const [config, setConfig] = useState('');
  const take = async (reading: Promise<Archive>): Promise<void> => {
    try {
      const next = await reading;
      setArchive(next);
      setConfig(configToBegin(next));
    } catch (error) {
      sayFailure(error);
    }
  };
  return (
    <>
      <PageHead title="Submit a job" note="a zip or a folder with a Dockerfile" />
      <div className={archive ? 'submit' : 'submit first'}>
        <DropZone archive={archive} onTake={(reading) => void take(reading)} />
        {archive && <Ready key={archive.name} archive={archive} config={config} onConfig={setConfig} />}
        {!archive && <InTheShell lines={COMMANDS} />}
      </div>
    </>
  );
}

function DropZone({ archive, onTake }: { archive: Archive | undefined; onTake: (reading: Promise<Archive>) => void }) {
  const [isOver, setOver] = useState(false);
  const zip = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  return (
    <section
      className={`panel drop${isOver ? ' over' : ''}`}
      aria-label="What to submit"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        onTake(readDrop(event.dataTransfer));
      }}
    >
      {archive ? (
        <p>
          <b>{archive.name}</b>{' '}
          <span className="m2">{`${fileSize(archive.bytes)}, ${plural(archive.entries, 'file')}`}</span>
        </p>
      ) : (
        <p>
          <b>Drop a zip or a folder here</b>
          <span className="m2">, or</span>
        </p>
      )}
      <div className="acts">
        <button type="button" className="btn" onClick={() => zip.current?.click()}>
          {archive ? 'Another zip…' : 'Choose a zip…'}
        </button>
        <button type="button" className="btn" onClick={() => folder.current?.click()}>
          {archive ? 'Another folder…' : 'Choose a folder…'}
        </button>
      </div>
      <input
        ref={zip}
        type="file"
        hidden
        aria-label="Zip"
        accept=".zip"
        onChange={({ target }) => {
          const [file] = target.files ?? [];
          if (file) onTake(readZip(file));
          target.value = '';
        }}
      />
      <input
        ref={folder}
        type="file"
        hidden
        aria-label="Folder"
        {...{ webkitdirectory: '' }}
        onChange={({ target }) => {
          const files = [...(target.files ?? [])];
          const [first] = files;
          if (!first) return;
          const name = first.webkitRelativePath.split('/')[0] ?? 'folder';
          onTake(
            readFolder(
              name,
              files.map((file) => ({ path: file.webkitRelativePath.slice(name.length + 1), file })),
            ),
          );
        }}
      />
    </section>
  );
}

interface ReadyProps {
  archive: Archive;
  config: string;
  onConfig: (config: string) => void;
}

function Ready({ archive, config, onConfig }: ReadyProps) {
  const me = useMe();
  const navigate = useNavigate();
  const { data: users = [] } = useUsers();
  const { data: limits } = useQuery({
    queryKey: ['limits'],
    queryFn: () => api.submissions.limits(),
    refetchInterval: false,
  });
  const [owner, setOwner] = useState<string | null>(null);
  const [progress, setProgress] = useState<number>();
  const sending = useRef<AbortController>(undefined);
  const user = owner ?? me.name;
  const { problems, judgement, isJudged } = useFindings(archive, config, user, limits);
  const send = async (): Promise<void> => {
    sending.current = new AbortController();
    setProgress(0);
    try {
      const job = await upload(await archive.pack(config), archive.name, user, setProgress, sending.current.signal);
      await navigate({ to: '/jobs/$id', params: { id: String(job.id) } });
    } catch (error) {
      if (!(error instanceof DOMException)) sayFailure(error);
      setProgress(undefined);
    }
  };
  return (
    <>
      <ConfigEditor
        config={config}
        onConfig={onConfig}
        note={
          archive.config === null
            ? 'the archive has no container_config.json: this one goes with it'
            : 'as its container_config.json says'
        }
      />
      <section className="panel card findings" aria-label="Check" aria-live="polite">
        <h2>
          Check <span>{isJudged ? 'by the server’s own rules' : 'checking…'}</span>
        </h2>
        <Verdict problems={problems} judgement={judgement} />
        <div className="acts">
          {isOperator(me) && (
            <label className="tick">
              for
              <select className="in" value={user ?? ''} onChange={(event) => setOwner(event.target.value || null)}>
                <option value="">whom the file names</option>
                {users
                  .filter(({ disabled }) => !disabled)
                  .map(({ name }) => (
                    <option key={name}>{name}</option>
                  ))}
              </select>
            </label>
          )}
          <span className="gap" />
          {progress === undefined ? (
            <button
              type="button"
              className="btn main"
              disabled={problems.length > 0 || !isJudged}
              onClick={() => void send()}
            >
              Submit
            </button>
          ) : (
            <>
              <span className="sending" role="progressbar" aria-label="Sent" aria-valuenow={Math.round(progress * 100)}>
                <Meter part={progress} tone="work" />
              </span>
              <span>{Math.round(progress * 100)} %</span>
              <button type="button" className="btn" onClick={() => sending.current?.abort()}>
                Break off
              </button>
            </>
          )}
        </div>
      </section>
    </>
  );
}
