import type { JobEvent } from '@dopq/contract';
import { useNow } from '../../parts/use-now.ts';
import { at, clock } from '../../words/time.ts';

/** Everything that happened to the job, and who did it. */
export function Events({ events }: { events: JobEvent[] }) {
  const now = useNow();
  return (
    <div className="scroller">
      <table>
        <caption className="vh">Events, oldest first</caption>
        <colgroup>
          {['9rem', '8rem', '9rem', 'auto'].map((width, index) => (
            <col key={index} style={{ width }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            <th>When</th>
            <th>Who</th>
            <th>What</th>
            <th>In words</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <tr key={event.seq}>
              <td title={event.at}>{clock(at(event.at), now, { seconds: true })}</td>
              <td className="m2">{event.actor}</td>
              <td>{event.kind.replaceAll('_', ' ')}</td>
              <td title={event.message}>{event.message}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
