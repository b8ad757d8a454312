import { describe, expect, it } from 'vitest';
import { type Observed, type ReconcileInput, type RecordedAttempt, reconcile, verdictOf } from './reconcile.ts';

const attempt = (patch: Partial<RecordedAttempt> = {}): RecordedAttempt => ({
  jobId: 1,
  number: 1,
  state: 'running',
  containerName: 'dopq-1-1',
  containerId: null,
  createdAt: 50,
  startedAt: null,
  cancelRequested: false,
  timedOut: false,
  startInFlight: false,
  ...patch,
});
const container = (patch: Partial<Observed> = {}): Observed => ({
  id: 'c1',
  name: 'dopq-1-1',
  status: 'running',
  startedAt: 100,
  oomKilled: false,
  ...patch,
});
const kinds = (patch: Partial<ReconcileInput>): string[] =>
  reconcile({ active: [], ended: [], isKept: () => false, observed: [], outages: [], now: 1000, ...patch }).map(
    (c) => c.kind,
  );

it.each([
  ['start_failed', 'the engine cannot start it', []],
  ['start_failed', 'the engine was restarted before it began', [{ from: 0, to: 49 }]],
  ['interrupted', 'the engine was restarted in the middle of its start', [{ from: 0, to: 60 }]],
] as const)('a container with an error is %s if %s', (outcome, _, outages) => {
  const { startedAt: __, ...neverRan } = container({ status: 'created', error: 'already exists' });
  const input = { active: [attempt({ state: 'starting' })], ended: [], isKept: () => false, observed: [neverRan] };
  expect(reconcile({ ...input, outages, now: 1000 })).toMatchObject([{ kind: 'finish', verdict: { outcome } }]);
});

describe('an active attempt', () => {
  const { startedAt: _, ...neverRan } = container({ status: 'created' });
  const exited = container({ status: 'exited', exitCode: 0, finishedAt: 200 });
  it.each([
    ['runs as recorded: nothing to do', attempt(), [container()], []],
    ['starting, no container: start it', attempt({ state: 'starting' }), [], ['start']],
    [
      'starting, its container was made and is gone: it may have run, never make it again',
      attempt({ state: 'starting', containerId: 'c1' }),
      [],
      ['finish'],
    ],
    ['starting, created but never ran: start it', attempt({ state: 'starting' }), [neverRan], ['start']],
    ['starting, a start is under way here: hands off', attempt({ state: 'starting', startInFlight: true }), [], []],
    ['starting, but it runs: the reply was lost, adopt', attempt({ state: 'starting' }), [container()], ['adopt']],
    ['starting, and it ended already: adopt and finish', attempt({ state: 'starting' }), [exited], ['adopt', 'finish']],
    ['running, exited: finish', attempt(), [exited], ['finish']],
    ['running, container gone: finish as lost', attempt(), [], ['finish']],
    ['running, being removed: wait', attempt(), [container({ status: 'removing' })], []],
    ['running since its start: nothing to do', attempt({ startedAt: 100 }), [container()], []],
    [
      'running since later than its start: somebody restarted it',
      attempt({ startedAt: 100, timedOut: true }),
      [container({ startedAt: 5000 })],
      ['restarted'],
    ],
    ['cancel asked while it runs: stop', attempt({ cancelRequested: true }), [container()], ['stop']],
    [
      'cancel asked before it ran: finish, never start',
      attempt({ state: 'starting', cancelRequested: true }),
      [neverRan],
      ['finish'],
    ],
    ['cancel asked and no container: finish', attempt({ state: 'starting', cancelRequested: true }), [], ['finish']],
    ['over its time limit: stop', attempt({ timedOut: true }), [container()], ['stop']],
    ['near its time limit: warn', attempt({ warning: 'due' }), [container()], ['warn']],
    ['near it and over: only stop', attempt({ warning: 'due', timedOut: true }), [container()], ['stop']],
    ['near it but paused: nothing yet', attempt({ warning: 'due' }), [container({ status: 'paused' })], []],
    ['told, and extended since: take it back', attempt({ warning: 'premature' }), [container()], ['unwarn']],
    [
      'there, but the engine does not answer about it: nothing',
      attempt({ state: 'starting' }),
      [{ ...neverRan, unreadable: 'x' }],
      [],
    ],
    ['paused from outside: still ours, nothing to do', attempt(), [container({ status: 'paused' })], []],
    [
      'created with an error of the engine: finish',
      attempt({ state: 'starting' }),
      [{ ...neverRan, error: 'no such command' }],
      ['finish'],
    ],
  ] as const)('%s', (_title, active, observed, expected) => {
    expect(kinds({ active: [active], observed: [...observed] })).toEqual([...expected]);
  });
});

describe('an ended attempt', () => {
  const ended = { jobId: 1, number: 1, containerName: 'dopq-1-1', logComplete: false };
  const exited = container({ status: 'exited', exitCode: 0, finishedAt: 200 });
  it('has its log saved before its container goes', () => {
    expect(kinds({ ended: [ended], observed: [exited] })).toEqual(['save-log']);
    expect(kinds({ ended: [{ ...ended, logComplete: true }], observed: [exited] })).toEqual(['clear']);
  });
  it('whose container somebody started again is left alone, and its log is followed, until that ends', () => {
    const logComplete = { ...ended, logComplete: true };
    expect(kinds({ ended: [logComplete], observed: [container({ startedAt: 300 })] })).toEqual(['save-log']);
  });
  it('is cleared when its container is gone already', () => {
    expect(kinds({ ended: [ended] })).toEqual(['clear']);
  });
  it('whose container never ran has no log to save', () => {
    const { startedAt: _, ...neverRan } = container({ status: 'created' });
    expect(kinds({ ended: [ended], observed: [neverRan] })).toEqual(['clear']);
  });
});

it('a container that no attempt knows is a stray, unless it is kept on purpose', () => {
  expect(kinds({ observed: [container({ name: 'dopq-9-1' })] })).toEqual(['stray']);
  expect(kinds({ observed: [container({ name: 'dopq-9-1' })], isKept: () => true })).toEqual([]);
});

describe('the verdict on an ended container', () => {
  const asked = { cancelRequested: false, timedOut: false };
  const outage = [{ from: 100, to: 200 }];
  it.each([
    ['exit 0', { exitCode: 0 }, asked, [], 'succeeded'],
    ['exit 3', { exitCode: 3 }, asked, [], 'failed'],
    ['killed for memory', { exitCode: 137, oomKilled: true }, asked, [], 'out_of_memory'],
    [
      'a child was killed for memory but the job went on to 0',
      { exitCode: 0, oomKilled: true },
      asked,
      [],
      'succeeded',
    ],
    ['exit 0 inside an outage is not success', { exitCode: 0, finishedAt: 150 }, asked, outage, 'interrupted'],
    ['137 inside an outage', { exitCode: 137, finishedAt: 150 }, asked, outage, 'interrupted'],
    ['its own exit code inside an outage is its own', { exitCode: 7, finishedAt: 150 }, asked, outage, 'failed'],
    ['137 after an outage is its own', { exitCode: 137, finishedAt: 201 }, asked, outage, 'failed'],
    ['a cancel we asked for', { exitCode: 143 }, { ...asked, cancelRequested: true }, [], 'cancelled'],
    ['a time limit we enforced', { exitCode: 143 }, { ...asked, timedOut: true }, [], 'timed_out'],
  ] as const)('%s', (_title, ended, wanted, outages, outcome) => {
    expect(verdictOf({ oomKilled: false, ...ended }, wanted, outages).outcome).toBe(outcome);
  });

  it('takes the end of a job just before its limit for its own, however late it is seen', () => {
    const late = { cancelRequested: false, timedOut: true, limitEndAt: 200 };
    const end = { exitCode: 0, oomKilled: false };
    expect(verdictOf({ ...end, finishedAt: 199 }, late, []).outcome).toBe('succeeded');
    expect(verdictOf({ ...end, finishedAt: 200 }, late, []).outcome).toBe('timed_out');
  });

  it('warns of a success in which a process was killed for memory (row 39)', () => {
    expect(verdictOf({ exitCode: 0, oomKilled: true }, asked, [])).toMatchObject({
      outcome: 'succeeded',
      reason: expect.stringContaining('memory limit'),
    });
  });

  it('names the signal in words', () => {
    expect(verdictOf({ exitCode: 139, oomKilled: false }, asked, []).reason).toBe(
      'exit code 139: ended by signal SEGV',
    );
  });
});
