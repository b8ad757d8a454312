import { PassThrough, type Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { extract, pack } from 'tar-stream';
import { type Container, EngineError } from '../engine.ts';
import type { LiveContainer } from './live-container.ts';
import { simulatedPipes, simulatedTerminal } from './simulated-terminal.ts';
import { simulatedExec } from './simulated-exec.ts';
import { logStream } from './simulated-logs.ts';
import { simulatedStats } from './simulated-stats.ts';
import type { SimulatedWorld } from './world.ts';

/** How a handle reaches its container: it may be gone by the next call. */
export interface LiveContainers {
  get(id: string): LiveContainer;
  find(id: string): LiveContainer | undefined;
  remove(container: LiveContainer): void;
  /** Files that were put into a container, by path: the only ones there are. */
  filesOf(container: LiveContainer): Map<string, Buffer>;
}

export function simulatedContainer(world: SimulatedWorld, live: LiveContainers, id: string): Container {
  const running = (): LiveContainer => {
    const container = live.get(id);
    container.play();
    if (!container.isRunning)
      throw new EngineError('conflict', `Container ${container.record.spec.name} is not running`);
    return container;
  };

  return {
    id,
    inspect: async () => live.get(id).observe(),

    async start() {
      const container = live.get(id);
      const { status, name } = container.observe();
      if (status === 'running' || status === 'paused') return;
      if (status !== 'created') {
        throw new EngineError('conflict', `Container ${name} ran already; starting it would run the job again.`);
      }
      container.start();
    },

    async stop(graceSeconds) {
      const container = live.get(id);
      container.kill('TERM');
      if (!container.isRunning) return;
      using _grace = world.timers.after(graceSeconds * 1000, () => container.kill('KILL'));
      await ended(container);
    },

    kill: async (signal = 'KILL') => live.get(id).kill(signal),
    pause: async () => live.get(id).pause(),
    unpause: async () => live.get(id).unpause(),

    async remove(options = {}) {
      const container = live.find(id);
      if (!container) return;
      container.play();
      if (container.isRunning && !options.force) {
        throw new EngineError(
          'conflict',
          `You cannot remove a running container ${container.record.spec.name}. Stop it first.`,
        );
      }
      container.kill('KILL');
      live.remove(container);
    },

    terminal: async (command, { plain = false }) => {
      running();
      const run = (words: string[]) => simulatedExec(world, running(), words, {});
      const isShell = command.length === 1 && /(^|\/)(ba|da|z|a)?sh$/.test(command[0] ?? '');
      return isShell && !plain ? simulatedTerminal(run) : simulatedPipes(run(command), plain);
    },
    exec: async (command, options = {}) => await simulatedExec(world, running(), command, options),
    logs: async (options = {}, signal) => logStream(live.get(id), options, signal),
    recentLogs: async (lines) => await readText(logStream(live.get(id), { tail: lines })),

    async top() {
      const { spec, image } = running().record;
      const command = [...(spec.entrypoint ?? image.entrypoint), ...(spec.command ?? image.command)].join(' ');
      return { titles: ['UID', 'PID', 'CMD'], processes: [[spec.user.split(':')[0] ?? '', '1', command]] };
    },

    stats: async () => simulatedStats(world, running()),

    async wait(signal) {
      const container = live.get(id);
      container.play();
      if (!container.record.end) await ended(container, signal);
      if (container.record.end) return container.record.end.exitCode;
      throw new EngineError('not_found', `No such container: ${id}`);
    },

    async archiveOut(path) {
      const files = [...live.filesOf(live.get(id))].filter(([name]) => name === path || name.startsWith(`${path}/`));
      if (files.length === 0) throw new EngineError('not_found', `Could not find the file ${path} in container ${id}`);
      const tar = pack();
      const parent = path.slice(0, path.lastIndexOf('/') + 1);
      for (const [name, content] of files) tar.entry({ name: name.slice(parent.length) }, content);
      tar.finalize();
      return tar.pipe(new PassThrough());
    },

    async archiveIn(path, tar) {
      const files = live.filesOf(live.get(id));
      for (const [name, content] of await readFiles(tar)) files.set(`${path.replace(/\/$/, '')}/${name}`, content);
    },
  };
}

async function readFiles(tar: Readable): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for await (const entry of tar.pipe(extract())) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    if (entry.header.type === 'file') files.set(entry.header.name, Buffer.concat(chunks));
  }
  return files;
}

/** Resolves when it has ended or was removed. */
function ended(container: LiveContainer, signal?: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const unlisten = container.listen(() => {
    if (container.record.startedAt !== undefined && !container.isRunning) resolve();
  });
  return promise.finally(() => {
    unlisten();
    signal?.removeEventListener('abort', onAbort);
  });
}
