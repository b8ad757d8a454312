import { expect, it } from 'vitest';
import { Outages } from './outages.ts';

const HOUR_MS = 3_600_000;

function outages(before: ConstructorParameters<typeof Outages>[1] = { answeredAt: 10 * HOUR_MS }) {
  const clock = { at: 10 * HOUR_MS, now: () => clock.at };
  return { clock, outages: new Outages(clock, before) };
}
const engine = (engineStartedAt?: number, liveRestore = false) => ({
  liveRestore,
  ...(engineStartedAt !== undefined && { engineStartedAt }),
});

it('an engine that was restarted since it last answered leaves a window from then to its start', () => {
  const { clock, outages: known } = outages();
  known.markAnswered(engine(1));
  clock.at += 60_000;
  known.markAnswered(engine(clock.at - 5000));
  expect(known.windows()).toEqual([{ from: 10 * HOUR_MS - 2000, to: clock.at - 5000 }]);
});

it.each([
  ['forward', HOUR_MS],
  ['back', -HOUR_MS],
])('a clock that is set %s is no restart of the engine', (_title, setBy) => {
  const { clock, outages: known } = outages();
  known.markAnswered(engine(9 * HOUR_MS));
  clock.at += setBy;
  known.markAnswered(engine(9 * HOUR_MS));
  expect(known.windows()).toEqual([]);
});

it('a restart after a clock was set back is found, also by the next life of the server', () => {
  const { clock, outages: known } = outages({ answeredAt: 10 * HOUR_MS, engineStartedAt: 9 * HOUR_MS });
  clock.at = 8 * HOUR_MS;
  known.markAnswered(engine(7 * HOUR_MS));
  expect(known.windows()).toEqual([{ from: 7 * HOUR_MS - 2000, to: 7 * HOUR_MS }]);
});

it('an engine that keeps containers alive, or that was only away, leaves no window', () => {
  const { clock, outages: known } = outages();
  known.markAnswered(engine(1, true));
  known.markFailed('gone');
  clock.at += 60_000;
  expect(known.markAnswered(engine(clock.at, true))).toBe(true);
  known.markAnswered(engine(clock.at));
  expect(known.windows()).toEqual([]);
});

it('an engine that does not tell its start may have been restarted whenever it was away', () => {
  const { clock, outages: known } = outages();
  known.markFailed('gone');
  clock.at += 60_000;
  known.markAnswered(engine());
  expect(known.windows()).toEqual([{ from: 10 * HOUR_MS - 2000, to: clock.at }]);
});
