import type { JobDetail } from '@dopq/contract';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { CopyButton } from '../../parts/Copy.tsx';
import { Empty, Failure, Loading } from '../../parts/page.tsx';

/** What the job was submitted with, and where something is wrong with it. */
export function ConfigTab({ job }: { job: JobDetail }) {
  const isRead = job.state !== 'receiving' && job.state !== 'checking';
  const { data, error } = useQuery({
    queryKey: ['job-config', job.id, isRead],
    queryFn: () => api.jobs.config({ id: job.id }),
    refetchInterval: false,
  });
  if (!data) return error ? <Failure error={error} /> : <Loading />;
  const changed = Object.entries(data.changes);
  const wrong = new Map(
    job.problems.flatMap(({ line, field, message }) =>
      line === undefined ? [] : [[line, `${field} ${message}`.trim()]],
    ),
  );
  return (
    <div className="config-tab">
      {changed.length > 0 && (
        <p className="config-note">
          <b>Other than in the file:</b>{' '}
          {changed.map(([key, value]) => (
            <code key={key}>{value === null ? `${key} left out` : `${key}: ${JSON.stringify(value)}`}</code>
          ))}
        </p>
      )}
      {data.config === null ? (
        <Empty
          what={isRead ? 'There is no container_config.json.' : 'It has not been read yet.'}
          {...(isRead && { next: 'An image without one runs with the server’s defaults.' })}
        />
      ) : (
        <div className="config-text">
          <CopyButton text={data.config} name="Copy container_config.json" />
          <ol aria-label="container_config.json">
            {data.config
              .replace(/\n$/, '')
              .split('\n')
              .map((line, index) => (
                <li key={index} className={wrong.has(index + 1) ? 'wrong' : ''}>
                  <code>{line || ' '}</code>
                  {wrong.has(index + 1) && <span>{wrong.get(index + 1)}</span>}
                </li>
              ))}
          </ol>
        </div>
      )}
    </div>
  );
}
