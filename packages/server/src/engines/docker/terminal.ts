import type { Terminal, TerminalOptions } from '../engine.ts';
import type { DockerApi } from './api.ts';
import { readExitCode } from './exec.ts';

/** End of transmission, behind an interrupt: what a shell that is left alone ends on. */
const GOODBYE = '\u0003\u0004';

/** Runs a command with a terminal of its own in a running container, as the container's own user and never privileged. */
export async function openTerminal(
  api: DockerApi,
  containerId: string,
  command: string[],
  { columns, rows, env = {} }: TerminalOptions,
): Promise<Terminal> {
  const { Id: execId } = await api.json<{ Id: string }>({
    method: 'POST',
    path: `/containers/${containerId}/exec`,
    body: {
      Cmd: command,
      Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: true,
      Privileged: false,
    },
  });
  const path = `/exec/${execId}`;
  const stream = await api.hijack({ method: 'POST', path: `${path}/start`, body: { Detach: false, Tty: true } });
  const resize = async (size: { columns: number; rows: number }) => {
    await api.json({ method: 'POST', path: `${path}/resize`, query: { w: size.columns, h: size.rows } });
  };
  // The engine takes a size only once the command runs; a short one may be over by then.
  await resize({ columns, rows }).catch(() => undefined);
  return {
    stream,
    resize,
    exitCode: () => readExitCode(api, execId, AbortSignal.timeout(api.timeouts.shortMs)),
    close() {
      // The engine knows no way to end a command inside; a shell hears this.
      stream.end(GOODBYE);
      setTimeout(() => stream.destroy(), 1000).unref();
    },
  };
}
