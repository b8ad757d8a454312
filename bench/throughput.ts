// (b) No-op containers, four at a time, beside `docker run --rm` by others on the same engine. (c) A container's death to
// the next start, one at a time.
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { quantile, timed } from './figures.ts';
import { PEERS } from './peers.ts';
import { allFinished, enqueue, type Stage } from './stage.ts';

const CONTAINERS = 100;
const AT_ONCE = 4;
/** What DoPQ gives each container of these jobs. */
const AS_A_JOB =
  '--init --memory 16m --memory-swap 16m --cpus 0.5 --pids-limit 4096 --oom-score-adj 500 --network dopq --user 65534 ' +
  '--cap-drop NET_RAW --cap-drop MKNOD --cap-drop AUDIT_WRITE --cap-drop SETFCAP --security-opt no-new-privileges ' +
  '--volume /tmp:/outdir --volume /tmp:/run/dopq:ro';

export async function throughput({ dopq, engine }: Stage): Promise<string[]> {
  const ids = await enqueue(dopq, CONTAINERS, 'true', 0.5);
  await allFinished(dopq, ids);
  const jobs = (await dopq.client.jobs.list({ scope: 'all' })).filter((job) => ids.includes(job.id));
  const starts = await Promise.all(ids.map((id) => startingAt(dopq, id)));
  const seconds = (Math.max(...jobs.map((job) => Date.parse(job.finished_at ?? ''))) - Math.min(...starts)) / 1000;
  const lines = [
    `(b) ${CONTAINERS} no-op containers, ${AT_ONCE} at a time: DoPQ ${(CONTAINERS / seconds).toFixed(2)}/s`,
  ];
  const ways = { plain: '', 'with the limits and network of a job': AS_A_JOB };
  for (const peer of PEERS) {
    const isThere = await peer.isThere();
    if (!isThere) lines.push(`    ${peer.name}: not installed`);
    for (const [way, options] of isThere ? Object.entries(ways) : []) {
      const command = `docker -H ${engine.host} run --rm ${options} busybox true`;
      const peerSeconds = await timed(() => peer.run(command, CONTAINERS, AT_ONCE));
      const rate = (CONTAINERS / peerSeconds).toFixed(2);
      lines.push(`    ${peer.name} docker run --rm, ${way}: ${rate}/s, ratio ${(peerSeconds / seconds).toFixed(2)}`);
    }
  }
  return lines;
}

const IN_A_ROW = 40;

export async function turnaround({ dopq, engine }: Stage): Promise<string[]> {
  using events = listenForDeaths(engine.host);
  using waits = waitForEach(engine.host);
  const ids = await enqueue(dopq, IN_A_ROW, 'sleep 0.2', 2);
  await allFinished(dopq, ids);
  const jobs = (await dopq.client.jobs.list({ scope: 'all' })).filter((job) => ids.includes(job.id));
  const runs = await Promise.all(
    jobs.map(async (job) => ({
      startingAt: await startingAt(dopq, job.id),
      finishedAt: Date.parse(job.finished_at ?? ''),
      toldAt: events.toldAt(job.container_name ?? ''),
      waitedAt: waits.endedAt(job.container_name ?? ''),
    })),
  );
  runs.sort((a, b) => a.startingAt - b.startingAt);
  const gaps = (since: 'finishedAt' | 'toldAt' | 'waitedAt') =>
    runs.slice(1).map((run, index) => run.startingAt - (runs[index]?.[since] ?? Number.NaN));
  const figures = (values: number[]) =>
    `median ${quantile(values, 0.5).toFixed(0)} ms, p95 ${quantile(values, 0.95).toFixed(0)} ms`;
  return [
    `(c) death of a container to the decision for the next: ${figures(gaps('finishedAt'))} (aim p95 < 50 ms); of it since the engine told of the death: ${figures(gaps('toldAt'))}; since it told the exit code to "docker wait": ${figures(gaps('waitedAt'))}`,
  ];
}

/** When the engine itself told of each container's death, by its own event: before that nobody can know. */
function listenForDeaths(host: string): Disposable & { toldAt(container: string): number } {
  const told = new Map<string, number>();
  const args = ['events', '--filter', 'event=die', '--format', '{{.TimeNano}} {{.Actor.Attributes.name}}'];
  const listener = execa('docker', ['-H', host, ...args], { reject: false, buffer: false });
  createInterface(listener.stdout).on('line', (line) => {
    const [nanos = '', name = ''] = line.split(' ');
    told.set(name, Number(nanos) / 1e6);
  });
  return {
    toldAt: (container) => told.get(container) ?? Number.NaN,
    [Symbol.dispose]: () => void listener.kill(),
  };
}

/** When each container's exit code was told to somebody who had asked for nothing else since its start. */
function waitForEach(host: string): Disposable & { endedAt(container: string): number } {
  const ended = new Map<string, number>();
  const format = '{{.Actor.Attributes.name}}';
  const args = ['events', '--filter', 'event=start', '--format', format];
  const listener = execa('docker', ['-H', host, ...args], { reject: false, buffer: false });
  createInterface(listener.stdout).on('line', (name) => {
    void execa('docker', ['-H', host, 'wait', name], { reject: false }).then(() => ended.set(name, Date.now()));
  });
  return {
    endedAt: (container) => ended.get(container) ?? Number.NaN,
    [Symbol.dispose]: () => void listener.kill(),
  };
}

async function startingAt(dopq: Stage['dopq'], id: number): Promise<number> {
  const events = await dopq.client.jobs.events({ id });
  return Date.parse(events.find((event) => event.kind === 'starting')?.at ?? '');
}
