// `dopq status` as a page that a person reads from top to bottom: state, then figures, then the remedy where one is needed.
import { styleText } from 'node:util';
import type { Status } from '@dopq/contract';
import { formatBytes, formatDuration, formatTime } from './format.ts';
import { orDash } from './output.ts';
import { cleanLine } from './terminal-text.ts';
import { wrap } from './text-width.ts';

/** States in which a part does its work. */
const WELL = new Set(['running', 'ok', 'absent', 'off']);
/** States that pass by themselves, or that somebody chose. */
const WAITING = new Set(['starting', 'connecting', 'locked', 'stopping']);
const LABEL = 10;

interface Part {
  state: string;
  message: string | null;
  started_at: string | null;
  uptime_seconds: number;
}

/** @param width columns it may take */
export function formatStatus(status: Status, width: number): string {
  const { server, queue, provider, controller, engine, hardware, host, share } = status;
  const lines = [
    ...part('server', server, [
      `DoPQ ${status.version}${server.simulated ? ', simulated' : ''}, pid ${server.pid}`,
      `data ${server.data_dir}, config ${server.config_file}`,
    ]),
    ...part('queue', queuePart(queue), [
      ...lockFacts(queue.lock),
      `${queue.queued} queued, ${queue.running} running, ${queue.held} held, policy ${queue.policy}`,
      ...promiseFacts(queue.promises),
    ]),
    ...part('provider', provider, [
      `pid ${orDash(provider.pid?.toString())}, ${provider.restarts} restarts, ${provider.building} building`,
    ]),
    ...part('page', controller, [controllerFacts(controller), ...setupFacts(controller)]),
    ...part('engine', engine, [engineFacts(engine)]),
    ...line(
      'share',
      share.state,
      `${share.path}${share.since ? `, since ${formatTime(share.since)}` : ''}`,
      share.message,
    ),
    ...part('GPUs', hardware, [gpuFacts(hardware)]),
    ...line('host', 'ok', hostFacts(host), null),
    ...diskLines(status.disk),
    ...(status.storage.length === 0
      ? line('kept', 'starting', 'zips, logs and images are counted in a moment', null)
      : status.storage.flatMap(storageLine)),
    ...status.warnings.map((warning) => `${label('note')}${mark('note')} ${cleanLine(warning)}`),
  ];
  return lines.flatMap((one) => wrap(one, width, LABEL + 2)).join('\n');
}

function part(name: string, { state, message, started_at, uptime_seconds }: Part, facts: string[]): string[] {
  const since = started_at === null ? '' : `since ${formatTime(started_at)} (${formatDuration(uptime_seconds * 1000)})`;
  const [first, ...rest] = [...(since ? [since] : []), ...facts];
  return [...line(name, state, first ?? '', message), ...rest.map((fact) => `${label('')}  ${cleanLine(fact)}`)];
}

/** A lock is dated by itself, not by the start of the queue, and is told in one line. */
function queuePart(queue: Status['queue']): Part {
  if (!queue.locked) return queue;
  return { ...queue, started_at: null, message: queue.state === 'locked' ? null : queue.message };
}

function lockFacts({ locked, message, actor, since, until }: Status['queue']['lock']): string[] {
  if (!locked) return [];
  const words = [
    'locked',
    actor === null ? '' : ` by ${actor}`,
    since === null ? '' : ` since ${formatTime(since)}`,
    until === null ? '' : ` until ${formatTime(until)}`,
    message ? `: ${message}` : '',
  ].join('');
  return [`${words}; \`dopq unlock\` ends it`];
}

function line(name: string, state: string, facts: string, message: string | null): string[] {
  const head = `${label(name)}${mark(state)} ${cleanLine(state).padEnd(LABEL)} ${cleanLine(facts)}`;
  return message === null ? [head] : [head, `${label('')}  ${styleText('yellow', cleanLine(message))}`];
}

/** What lies on one disk, as far as its room tells, is one line. */
function diskLines(disks: Status['disk']): string[] {
  const room = ({ free_bytes: free, total_bytes: total }: Status['disk'][number]) =>
    `${formatBytes(free)} of ${formatBytes(total)} free`;
  const byDisk = Map.groupBy(disks, (disk) => `${room(disk)} ${disk.message}`);
  return [...byDisk.values()].flatMap((places) => {
    const [disk] = places;
    if (!disk) return [];
    const uses = places.map(({ use, path }) => `${use} ${path}`).join(', ');
    return line('disk', disk.message === null ? 'ok' : 'low', `${room(disk)}: ${uses}`, disk.message);
  });
}

function storageLine({ use, count, bytes, max_bytes, keep_days, message }: Status['storage'][number]): string[] {
  const limits = [
    ...(max_bytes === null ? [] : [`at most ${formatBytes(max_bytes)}`]),
    ...(keep_days === null ? [] : [`kept ${keep_days} days`]),
  ].join(', ');
  const amount = `${formatBytes(bytes)} of ${count === null ? '' : `${count} `}${use}`;
  return line('kept', message === null ? 'ok' : 'note', limits === '' ? amount : `${amount} (${limits})`, message);
}

function label(name: string): string {
  return styleText('bold', name.padEnd(LABEL));
}

function mark(state: string): string {
  if (WELL.has(state)) return styleText('green', '✔');
  if (WAITING.has(state)) return styleText('yellow', '○');
  if (state === 'note') return styleText('yellow', '!');
  return styleText('red', '✖');
}

function promiseFacts({ started, kept_p50: p50, kept_p90: p90 }: Status['queue']['promises']): string[] {
  if (started === 0) return [];
  const part = (kept: number) => `${Math.round((kept / started) * 100)} %`;
  return [`of ${started} predicted starts, ${part(p50)} came by their P50 and ${part(p90)} by their P90`];
}

function controllerFacts({ address, socket }: Status['controller']): string {
  return address === null ? `socket ${socket}` : `${address}, socket ${socket}`;
}

function setupFacts({ setup_code: code }: Status['controller']): string[] {
  return code === null ? [] : [`the first administrator signs up with the code ${code}`];
}

function engineFacts(engine: Status['engine']): string {
  const version =
    engine.version === null ? 'version unknown' : `version ${engine.version}, API ${orDash(engine.api_version)}`;
  const liveRestore = engine.live_restore === false ? ', no live-restore: containers end when the engine restarts' : '';
  return `${engine.endpoint}, ${version}, GPU mode ${engine.gpu_mode}${liveRestore}`;
}

function gpuFacts({ gpus, gpus_free, sample_age_seconds }: Status['hardware']): string {
  if (gpus === 0) return 'none';
  const age = sample_age_seconds === null ? 'never read' : `read ${formatDuration(sample_age_seconds * 1000)} ago`;
  return `${gpus_free} of ${gpus} free, ${age}`;
}

function hostFacts(host: Status['host']): string {
  const load = host.cpu_percent === null ? '' : ` at ${Math.round(host.cpu_percent)} %`;
  return `${host.cpus} CPUs${load}, ${formatBytes(host.memory_used_bytes)} of ${formatBytes(host.memory_bytes)} memory used`;
}
