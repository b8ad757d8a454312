// Everything that has ended, found, sorted and paged by the server; the address holds the question.
import type { Job, JobSort } from '@dopq/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { api } from '../../api/client.ts';
import { useUsers } from '../../api/queries.ts';
import { useAction } from '../../api/act.ts';
import { useIsMine } from '../../parts/job-cells.tsx';
import { Empty, Failure, Loading, PageHead } from '../../parts/page.tsx';
import { save, saveCsv, Table } from '../../parts/Table.tsx';
import { count, plural } from '../../words/amounts.ts';
import { historyColumns } from './columns.tsx';
import { Filters } from './Filters.tsx';
import { type HistorySearch, questionOf } from './question.ts';

const PER_PAGE = 50;
/** One answer of the server holds no more. */
const MOST_SAVED = 10_000;

export function History() {
  const search = useSearch({ from: '/history' });
  const navigate = useNavigate({ from: '/history' });
  const isMine = useIsMine();
  const { data: users = [] } = useUsers();
  const [run, isBusy] = useAction();
  const page = search.page ?? 1;
  const question = questionOf(search);
  const { data, error } = useQuery({
    queryKey: ['jobs', 'page', question, page],
    queryFn: () => api.jobs.page({ ...question, offset: (page - 1) * PER_PAGE, limit: PER_PAGE }),
    placeholderData: keepPreviousData,
  });
  const ask = (change: Change): void =>
    void navigate({ search: (old) => clean({ ...old, page: undefined, ...change }), replace: true });
  const all = (): Promise<Job[]> => {
    const { sort: _sort, descending: _descending, ...filter } = question;
    return api.jobs.list({ ...filter, limit: MOST_SAVED });
  };
  const columns = historyColumns();
  const pages = Math.max(1, Math.ceil((data?.total ?? 0) / PER_PAGE));
  return (
    <>
      <PageHead title="History" note={data && `${plural(data.total, 'job')} that ended`}>
        <button
          type="button"
          className="btn"
          disabled={isBusy}
          onClick={() => void run(async () => saveCsv('dopq-history.csv', columns, await all()))}
        >
          CSV
        </button>
        <button
          type="button"
          className="btn"
          disabled={isBusy}
          onClick={() =>
            void run(async () => save('dopq-history.json', JSON.stringify(await all(), null, 2), 'application/json'))
          }
        >
          JSON
        </button>
      </PageHead>
      <section className="panel" aria-label="Jobs that ended">
        <Filters search={search} users={users.map(({ name }) => name)} onAsk={ask} />
        {error && !data ? <Failure error={error} /> : !data ? <Loading /> : null}
        {data && data.jobs.length > 0 && (
          <div className="scroll-x">
            <Table
              caption="Jobs that ended"
              columns={columns}
              rows={data.jobs}
              keyOf={({ id }) => id}
              rowClass={({ user }) => `link${isMine(user) ? ' mine' : ''}`}
              sort={{ by: question.sort ?? 'finished', descending: question.descending ?? true }}
              onSort={(by, descending) => ask({ sort: by as JobSort, up: descending ? undefined : true })}
            />
          </div>
        )}
        {data?.jobs.length === 0 && (
          <Empty
            what="Nothing like that has ended."
            next="Take a filter away, or look at what is still in the queue."
          />
        )}
        {pages > 1 && (
          <div className="pager">
            <button type="button" className="btn" disabled={page <= 1} onClick={() => ask({ page: page - 1 })}>
              Newer
            </button>
            <span>
              page {count(page)} of {count(pages)}
            </span>
            <button type="button" className="btn" disabled={page >= pages} onClick={() => ask({ page: page + 1 })}>
              Older
            </button>
          </div>
        )}
      </section>
    </>
  );
}

/** What becomes of the address; undefined takes a part away. */
type Change = { [K in keyof HistorySearch]: HistorySearch[K] | undefined };

function clean(search: Partial<Record<keyof HistorySearch, unknown>>): HistorySearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined && value !== ''));
}
