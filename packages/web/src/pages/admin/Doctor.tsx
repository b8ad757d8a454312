import type { Status } from '@dopq/contract';
import { useStatus } from '../../api/queries.ts';
import { Loading } from '../../parts/page.tsx';
import { State } from '../../parts/State.tsx';
import { Table } from '../../parts/Table.tsx';
import { fileSize } from '../../words/amounts.ts';
import { duration } from '../../words/time.ts';

interface Finding {
  part: string;
  isWell: boolean;
  state: string;
  more: string;
}

const GOOD = new Set(['running', 'ok', 'absent', 'off', 'locked']);

/** Each part with its state, and what to do about what is wrong. */
export function Doctor() {
  const { data: status } = useStatus();
  if (!status) return <Loading />;
  return (
    <section className="panel" aria-label="Doctor">
      <div className="bar">
        <h2>Doctor</h2>
        <span className="m3 small">{`DoPQ ${status.version}, instance ${status.instance}, process ${status.server.pid}, ${status.server.config_file}`}</span>
      </div>
      <Table
        caption="Parts and their state"
        rows={findings(status)}
        keyOf={({ part }) => part}
        columns={[
          { name: 'Part', width: 16, phone: '1', show: ({ part }) => <b>{part}</b> },
          {
            name: 'State',
            width: 14,
            phone: '1r',
            show: ({ isWell, state }) => (
              <State icon={isWell ? 'check' : 'warn'} tone={isWell ? 'ok' : 'look'} word={state} />
            ),
          },
          { name: 'In words', width: 70, phone: '2', show: ({ more }) => <span className="whole">{more}</span> },
        ]}
      />
    </section>
  );
}

function findings(status: Status): Finding[] {
  const part = (
    name: string,
    { state, message, uptime_seconds: up }: { state: string; message: string | null; uptime_seconds: number },
    more = '',
  ): Finding => ({
    part: name,
    isWell: GOOD.has(state) && !message,
    state,
    more: message ?? [up > 0 ? `up ${duration(up * 1000)}` : '', more].filter(Boolean).join(', '),
  });
  const { engine, provider, controller, share, disk, hardware, warnings } = status;
  return [
    part('Queue', status.queue, status.queue.policy),
    part('Provider', provider, `${provider.restarts} restarts`),
    part('Controller', controller, controller.address ?? controller.socket),
    part('Engine', engine, [engine.version, engine.endpoint, `GPUs ${engine.gpu_mode}`].filter(Boolean).join(', ')),
    part('Hardware', hardware, `${hardware.gpus} GPUs, ${hardware.gpus_free} free`),
    { part: 'Share', isWell: share.state === 'ok', state: share.state, more: share.message ?? share.path },
    ...disk.map(({ use, path, free_bytes: free, total_bytes: total, message }) => ({
      part: `Disk: ${use}`,
      isWell: !message,
      state: `${Math.round((1 - free / total) * 100)} % full`,
      more: message ?? `${fileSize(free)} free in ${path}`,
    })),
    ...warnings.map((warning, index) => ({ part: `Remark ${index + 1}`, isWell: false, state: 'look', more: warning })),
  ];
}
