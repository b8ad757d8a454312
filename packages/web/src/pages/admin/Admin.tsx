// For administrators: people, the queue as a whole, what was done, and what cannot be undone. Operators have the lock.
import { useNavigate, useSearch } from '@tanstack/react-router';
import { isAdmin, isOperator, useMe } from '../../api/me.ts';
import { Empty, PageHead } from '../../parts/page.tsx';
import { Segments } from '../../parts/Segments.tsx';
import { Audit } from './Audit.tsx';
import { DangerZone } from './DangerZone.tsx';
import { Doctor } from './Doctor.tsx';
import { LockPanel } from './LockPanel.tsx';
import { People } from './People.tsx';
import { PolicyPanel } from './PolicyPanel.tsx';
import { RunParams } from './RunParams.tsx';

const PARTS = [
  ['people', 'People'],
  ['queue', 'Queue'],
  ['doctor', 'Doctor'],
  ['run-params', 'run_params'],
  ['audit', 'Audit'],
  ['danger', 'Danger zone'],
] as const;

export function Admin() {
  const me = useMe();
  const search = useSearch({ from: '/admin' });
  const navigate = useNavigate({ from: '/admin' });
  if (!isOperator(me)) {
    return (
      <>
        <PageHead title="Administration" />
        <section className="panel">
          <Empty
            what="This page is for operators and administrators."
            next={`You are ${me.name ?? 'nobody'}, ${me.role}.`}
          />
        </section>
      </>
    );
  }
  if (!isAdmin(me)) {
    return (
      <>
        <PageHead title="Administration" note="as an operator; the rest is for administrators" />
        <LockPanel />
      </>
    );
  }
  const { part = 'people' } = search;
  return (
    <>
      <PageHead title="Administration">
        <Segments
          name="Part"
          options={PARTS}
          value={part}
          onChange={(to) => void navigate({ search: { part: to }, replace: true })}
        />
      </PageHead>
      {part === 'people' && <People />}
      {part === 'queue' && (
        <>
          <LockPanel />
          <PolicyPanel />
        </>
      )}
      {part === 'doctor' && <Doctor />}
      {part === 'run-params' && <RunParams />}
      {part === 'audit' && <Audit />}
      {part === 'danger' && <DangerZone />}
    </>
  );
}
