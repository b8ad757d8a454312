// Who uses how much, who goes first, and the bill behind each penalty.
import type { User } from '@dopq/contract';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useLedger, useStatus, useUsers } from '../../api/queries.ts';
import { Shell } from '../../parts/Copy.tsx';
import { ShareBar } from '../../parts/figures.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { useIsMine, UserCell } from '../../parts/job-cells.tsx';
import { Empty, Failure, Loading, PageHead } from '../../parts/page.tsx';
import { State } from '../../parts/State.tsx';
import { type Column, saveCsv, Table } from '../../parts/Table.tsx';
import { penalty, plural } from '../../words/amounts.ts';
import { duration } from '../../words/time.ts';
import { LedgerColumn } from '../queue/LedgerColumn.tsx';

export function Users() {
  const { name } = useSearch({ from: '/users' });
  const navigate = useNavigate({ from: '/users' });
  const isMine = useIsMine();
  const { data: users, error } = useUsers();
  const { data: status } = useStatus();
  const policy = status?.queue.policy ?? '';
  if (!users) return error ? <Failure error={error} /> : <Loading />;
  const sorted = users.toSorted(
    (a, b) => Number(a.disabled) - Number(b.disabled) || a.penalty - b.penalty || a.name.localeCompare(b.name),
  );
  const open = (user: string | undefined): void =>
    void navigate({ search: user === undefined ? {} : { name: user }, replace: true });
  const columns = columnsOf(policy, open);
  // Beside a ledger there is room for what it explains.
  const shown = name ? columns.filter((column) => !LIMITS.includes(column.name)) : columns;
  return (
    <>
      <PageHead title="Users" note={`${plural(users.length, 'person', 'people')}, lowest penalty goes first`}>
        <button type="button" className="btn" onClick={() => saveCsv('dopq-users.csv', columns, sorted)}>
          CSV
        </button>
      </PageHead>
      <div className={`split${name ? ' with-side' : ''}`}>
        <section className="panel people" aria-label="Users">
          {sorted.length === 0 ? (
            <Empty what="Nobody is registered." next="Add the first user:" command="dopq user add NAME" />
          ) : (
            <div className="scroll-x">
              <Table
                caption="Users by penalty"
                columns={shown}
                rows={sorted}
                keyOf={(user) => user.name}
                rowClass={(user) => `link${isMine(user.name) ? ' mine' : ''}`}
              />
            </div>
          )}
        </section>
        {name && <Bill name={name} onClose={() => open(undefined)} />}
      </div>
    </>
  );
}

const LIMITS = ['Share', 'Most jobs', 'Most GPUs'];
const limit = (value: number | null): React.ReactNode => value ?? <span className="m3">as all</span>;

function columnsOf(policy: string, open: (name: string) => void): Column<User>[] {
  const columns: Column<User>[] = [
    {
      name: 'User',
      width: 17,
      phone: '1',
      show: (user) => (
        <>
          <button type="button" className="bare-link to" onClick={() => open(user.name)}>
            <b>
              <UserCell name={user.name} />
            </b>
          </button>{' '}
          {user.disabled && <State icon="drain" tone="rest" word="disabled" chip />}
        </>
      ),
      value: (user) => user.name,
    },
    {
      name: 'Penalty',
      width: 9,
      right: true,
      phone: '1r',
      show: (user) => penalty(user.penalty, policy),
      value: (user) => user.penalty,
    },
    {
      name: 'Against fair share',
      width: 20,
      phone: '2',
      show: (user) => <ShareBar penalty={user.penalty} />,
    },
    { name: 'Share', width: 8, right: true, show: (user) => user.shares, value: (user) => user.shares },
    { name: 'Running', width: 8, right: true, show: (user) => user.running, value: (user) => user.running },
    {
      name: 'Enqueued',
      width: 9,
      right: true,
      phone: '2r',
      show: (user) => user.queued,
      value: (user) => user.queued,
    },
    { name: 'Run so far', width: 9, right: true, show: (user) => user.finished, value: (user) => user.finished },
    {
      name: 'Most jobs',
      width: 10,
      right: true,
      show: (user) => limit(user.max_running_jobs),
      value: (user) => user.max_running_jobs,
    },
    {
      name: 'Most GPUs',
      width: 10,
      right: true,
      show: (user) => limit(user.max_running_gpus),
      value: (user) => user.max_running_gpus,
    },
  ];
  return policy === 'fair-share' ? columns : columns.filter(({ name }) => name !== 'Against fair share');
}

function Bill({ name, onClose }: { name: string; onClose: () => void }) {
  const { data: ledger, error } = useLedger(name);
  return (
    <aside className="panel side" aria-label={`Ledger of ${name}`}>
      <div className="title">
        <h2 className="cut">Ledger of {name}</h2>
        <button type="button" className="btn icon" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      {ledger ? (
        <>
          <LedgerColumn ledger={ledger} lines={24} />
          {ledger.policy === 'fair-share' && (
            <p className="m3 small">
              Each run costs the dearest of its parts of the site (GPUs, memory, CPUs) for as long as it runs.{' '}
              {ledger.half_life_seconds !== null &&
                `After ${duration(ledger.half_life_seconds * 1000)} a cost counts half.`}{' '}
              The sum is held against a fair share of {(ledger.share * 100).toFixed(1)} %: 1.00 is exactly that.
            </p>
          )}
          {ledger.policy === 'recency' && (
            <p className="m3 small">The newest runs of everyone count most; each one further back counts less.</p>
          )}
        </>
      ) : error ? (
        <Failure error={error} />
      ) : (
        <Loading />
      )}
      <Shell verb="The same in the shell" command={`dopq ledger ${name}`} />
    </aside>
  );
}
