import type { ContainerInspectInfo, ContainerStats as RawStats } from 'dockerode';
import { PassThrough } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { type Container, EngineError, type ObservedContainer } from '../engine.ts';
import type { DockerApi } from './api.ts';
import { execIn } from './exec.ts';
import { datedLines } from './log-lines.ts';
import { demultiplex, readThrough } from './log-stream.ts';
import { observedFromInspect } from './observe.ts';
import { openTerminal } from './terminal.ts';
import { statsFrom } from './stats.ts';
import { waitForExit } from './wait.ts';

/** How long a command inside may run unless the caller says otherwise. */
const EXEC_TIMEOUT_MS = 30_000;

/**
 * A handle: nothing is asked of the engine until a method is called. `id` may be a name.
 * @param isNew it was just made and nobody else knows it: its first start need not be looked at twice
 */
export function dockerContainer(api: DockerApi, id: string, isNew = false): Container {
  let mayHaveRun = !isNew;
  const path = `/containers/${encodeURIComponent(id)}`;

  const inspectRaw = () =>
    api.json<ContainerInspectInfo>({ method: 'GET', path: `${path}/json`, timeoutMs: api.timeouts.shortMs });
  const inspect = async (): Promise<ObservedContainer> => observedFromInspect(await inspectRaw());

  /** A missing command is 404 or 400, a missing GPU driver and a bad mount 500 with a note at the container. */
  async function isStartRefusal(error: unknown): Promise<boolean> {
    if (!(error instanceof EngineError)) return false;
    if (error.code === 'not_found') return !/No such container/i.test(error.message);
    return error.code === 'failed' && (await inspect()).error !== undefined;
  }

  return {
    id,
    inspect,

    async start() {
      if (mayHaveRun) {
        const before = await inspect();
        if (before.status === 'running' || before.status === 'paused') return;
        if (before.startedAt !== undefined) {
          throw new EngineError(
            'conflict',
            `Container ${before.name} ran already; starting it would run the job again.`,
          );
        }
      }
      mayHaveRun = true;
      try {
        await api.json({ method: 'POST', path: `${path}/start` });
      } catch (error) {
        if (await isStartRefusal(error))
          throw new EngineError('refused', (error as EngineError).message, { cause: error });
        throw error;
      }
    },

    async stop(graceSeconds) {
      // The engine answers when the container has ended: its own deadline starts after the grace.
      const timeoutMs = graceSeconds * 1000 + api.timeouts.longMs;
      await endedIsFine(api.json({ method: 'POST', path: `${path}/stop`, query: { t: graceSeconds }, timeoutMs }));
    },

    async kill(signal = 'KILL') {
      await endedIsFine(api.json({ method: 'POST', path: `${path}/kill`, query: { signal } }));
    },

    async pause() {
      await api.json({ method: 'POST', path: `${path}/pause` });
    },

    async unpause() {
      await notPausedIsConflict(api.json({ method: 'POST', path: `${path}/unpause` }));
    },

    async remove(options = {}) {
      const query = { v: true, force: options.force ?? false };
      await goneIsFine(api.json({ method: 'DELETE', path, query }));
    },

    async exec(command, options = {}) {
      return await execIn(api, id, command, {
        timeoutMs: options.timeoutMs ?? EXEC_TIMEOUT_MS,
        env: options.env ?? {},
      });
    },

    terminal: (command, options) => openTerminal(api, id, command, options),

    async logs(options = {}, signal) {
      const { Config } = await inspectRaw();
      const response = await api.open({
        method: 'GET',
        path: `${path}/logs`,
        query: {
          follow: options.follow ?? false,
          stdout: options.stdout ?? true,
          stderr: options.stderr ?? true,
          timestamps: options.timestamps ?? false,
          tail: options.tail ?? 'all',
          since: options.since === undefined ? undefined : unixSeconds(options.since),
        },
        signal,
      });
      const unframed = Config.Tty ? new PassThrough() : demultiplex();
      return readThrough(api, response, options.timestamps ? datedLines({ tty: Config.Tty }) : unframed, signal);
    },

    async recentLogs(lines) {
      return await readText(await this.logs({ tail: lines }));
    },

    async top() {
      const { Titles, Processes } = await api.json<{ Titles: string[]; Processes: string[][] | null }>({
        method: 'GET',
        path: `${path}/top`,
      });
      return { titles: Titles, processes: Processes ?? [] };
    },

    async stats() {
      const raw = await api.json<RawStats>({ method: 'GET', path: `${path}/stats`, query: { stream: false } });
      // For a container that does not run the engine answers 200 with zeros.
      if (!raw.cpu_stats.system_cpu_usage) {
        throw new EngineError('conflict', `Container ${id} does not run: there is nothing to measure.`);
      }
      return statsFrom(raw);
    },

    wait: (signal) => waitForExit(api, path, inspect, signal),

    async archiveOut(source) {
      const response = await api.open({ method: 'GET', path: `${path}/archive`, query: { path: source } });
      return readThrough(api, response, new PassThrough());
    },

    async archiveIn(target, tar) {
      await api.json({
        method: 'PUT',
        path: `${path}/archive`,
        query: { path: target, noOverwriteDirNonDir: true },
        tar,
        // As long as the caller's tar takes.
        timeoutMs: Number.POSITIVE_INFINITY,
      });
    },
  };
}

/** The engine answers 500. */
async function notPausedIsConflict(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    const notPaused = error instanceof EngineError && /is not (paused|running)/i.test(error.message);
    throw notPaused ? new EngineError('conflict', error.message, { cause: error }) : error;
  }
}

async function endedIsFine(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    const ended = error instanceof EngineError && error.code === 'conflict' && /is not running/i.test(error.message);
    if (!ended) throw error;
  }
}

async function goneIsFine(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const underWay = error.code === 'conflict' && /already in progress/i.test(error.message);
    if (error.code !== 'not_found' && !underWay) throw error;
  }
}

/** `1700000000.123000000`: the engine takes nanoseconds after the point. */
function unixSeconds(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${seconds}.${String(Math.round((ms - seconds * 1000) * 1e6)).padStart(9, '0')}`;
}
