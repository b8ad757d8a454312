import type { JobEvent } from '@dopq/contract';
import { type Column, Table } from '../../parts/Table.tsx';
import { useNow } from '../../parts/use-now.ts';
import { at, clock } from '../../words/time.ts';

/** Everything that happened to the job, and who did it. */
export function Events({ events }: { events: JobEvent[] }) {
  const now = useNow();
  const columns: Column<JobEvent>[] = [
    {
      name: 'When',
      width: 18,
      phone: '1r',
      show: ({ at: time }) => <span title={time}>{clock(at(time), now, { seconds: true })}</span>,
    },
    { name: 'Who', width: 15, phone: '2r', show: ({ actor }) => <span className="m2">{actor}</span> },
    { name: 'What', width: 14, phone: '1', show: ({ kind }) => kind.replaceAll('_', ' ') },
    { name: 'In words', width: 53, phone: '2', show: ({ message }) => <span className="whole">{message}</span> },
  ];
  return (
    <div className="scroller">
      <Table caption="Events, oldest first" columns={columns} rows={events} keyOf={({ seq }) => seq} />
    </div>
  );
}
