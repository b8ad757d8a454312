import { once } from 'node:events';
import { type Duplex, PassThrough } from 'node:stream';
import type { Terminal, TerminalOptions } from '../engine.ts';
import type { DockerApi } from './api.ts';
import { askAgain } from './ask-again.ts';
import { makeExec, readExitCode, startExec } from './exec.ts';
import { Demultiplexer } from './log-stream.ts';

/** End of transmission, behind an interrupt: what a shell that is left alone ends on. */
const GOODBYE = '\u0003\u0004';

/** Runs a command in a running container with a terminal of its own or none, as the container's own user and never privileged. */
export async function openTerminal(
  api: DockerApi,
  containerId: string,
  command: string[],
  { columns, rows, env = {}, plain = false }: TerminalOptions,
): Promise<Terminal> {
  const execId = await makeExec(api, containerId, command, { env, stdin: true, tty: !plain });
  const path = `/exec/${execId}`;
  const call = { method: 'POST' as const, path: `${path}/start`, body: { Detach: false, Tty: !plain } };
  const socket = await startExec(api, execId, () => api.hijack(call));
  const resize = async (size: { columns: number; rows: number }) => {
    const query = { w: size.columns, h: size.rows };
    await askAgain(() => api.json({ method: 'POST', path: `${path}/resize`, query }));
  };
  const exitCode = () => readExitCode(api, execId, AbortSignal.timeout(api.timeouts.shortMs));
  if (plain) return { ...pipesOf(socket), resize: async () => undefined, exitCode, close: () => void socket.destroy() };
  // The engine takes a size only once the command runs; a short one may be over by then.
  await resize({ columns, rows }).catch(() => undefined);
  return {
    input: socket,
    output: socket,
    resize,
    exitCode,
    close() {
      // The engine knows no way to end a command inside; a shell hears this.
      socket.end(GOODBYE);
      setTimeout(() => socket.destroy(), 1000).unref();
    },
  };
}

/** The engine's framing taken off; whoever does not read one of both keeps the command waiting, as in a shell. */
function pipesOf(socket: Duplex): Pick<Terminal, 'input' | 'output' | 'stderr'> {
  const out = { stdout: new PassThrough(), stderr: new PassThrough() };
  void takeApart(socket, out);
  return { input: socket, output: out.stdout, stderr: out.stderr };
}

async function takeApart(socket: Duplex, out: Record<'stdout' | 'stderr', PassThrough>): Promise<void> {
  const demultiplexer = new Demultiplexer();
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      for (const { stream, payload } of demultiplexer.take(chunk))
        if (!out[stream].write(payload)) await once(out[stream], 'drain');
    }
  } catch {
    // A command that ends without having read its input breaks the connection: how it ended says the engine.
  } finally {
    out.stdout.end();
    out.stderr.end();
  }
}
