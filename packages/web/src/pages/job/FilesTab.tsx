import { RAW_ROUTES } from '@dopq/contract/routes';
import type { FileEntry, Job } from '@dopq/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { Empty, Failure, Loading } from '../../parts/page.tsx';
import { Table } from '../../parts/Table.tsx';
import { useNow } from '../../parts/use-now.ts';
import { fileSize } from '../../words/amounts.ts';
import { at, clock } from '../../words/time.ts';

const AGAIN_MS = 10_000;

/** The output folder of the job's user, and the archive it was submitted with. */
export function FilesTab({ job }: { job: Job }) {
  const [path, setPath] = useState('');
  const { data, error } = useQuery({
    queryKey: ['files', job.id, path],
    queryFn: () => api.jobs.files({ id: job.id, path }),
    refetchInterval: job.state === 'finished' ? false : AGAIN_MS,
  });
  const parts = path === '' ? [] : path.split('/');
  return (
    <div className="files-tab">
      <div className="files-head">
        <nav aria-label="Folder">
          <button type="button" className="bare-link" disabled={path === ''} onClick={() => setPath('')}>
            Output of {job.user}
          </button>
          {parts.map((part, index) => (
            <span key={index}>
              <i>/</i>
              <button
                type="button"
                className="bare-link"
                disabled={index === parts.length - 1}
                onClick={() => setPath(parts.slice(0, index + 1).join('/'))}
              >
                {part}
              </button>
            </span>
          ))}
        </nav>
        <span className="gap" />
        {job.outcome !== 'rejected' && (
          <a className="btn bare" href={RAW_ROUTES.archive(job.id)} download={job.file}>
            Download {job.file}
          </a>
        )}
      </div>
      {data ? (
        <List job={job} path={path} entries={data.entries} more={data.more} onFolder={setPath} />
      ) : error ? (
        <Failure error={error} />
      ) : (
        <Loading />
      )}
    </div>
  );
}

interface ListProps {
  job: Job;
  path: string;
  entries: FileEntry[];
  more: boolean;
  onFolder: (path: string) => void;
}

function List({ job, path, entries, more, onFolder }: ListProps) {
  const now = useNow();
  if (entries.length === 0)
    return <Empty what="This folder is empty." next="What the container writes to /outdir appears here." />;
  const below = (name: string): string => (path === '' ? name : `${path}/${name}`);
  const nameOf = ({ name, kind }: FileEntry): React.ReactNode =>
    kind === 'folder' ? (
      <button type="button" className="bare-link" onClick={() => onFolder(below(name))}>
        {name}/
      </button>
    ) : kind === 'file' ? (
      <a href={`${RAW_ROUTES.file(job.id)}?path=${encodeURIComponent(below(name))}`} download={name}>
        {name}
      </a>
    ) : (
      <span title="A link or a device; it is not opened here.">{name}</span>
    );
  return (
    <div className="scroller">
      <Table
        caption="Files, folders first"
        rows={entries}
        keyOf={({ name }) => name}
        rowClass={({ since_start: isNew }) => (isNew ? '' : 'm3')}
        columns={[
          { name: 'Name', width: 66, phone: '1', show: (entry) => nameOf(entry) },
          {
            name: 'Size',
            width: 14,
            right: true,
            phone: '1r',
            show: ({ kind, bytes }) => (kind === 'file' ? fileSize(bytes) : ''),
          },
          {
            name: 'Written',
            width: 20,
            right: true,
            phone: '2',
            show: ({ modified_at: modified, since_start: isNew }) => (
              <span title={isNew ? undefined : 'It was there before this job.'}>{clock(at(modified), now)}</span>
            ),
          },
        ]}
      />
      <p className="log-foot m3 small">
        {more ? 'The first 5000 of a long list. ' : ''}The folder is {job.user}’s and all their jobs write to it; grey
        was there before this one.
      </p>
    </div>
  );
}
