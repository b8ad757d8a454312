// The host around DoPQ: who goes round the queue, does the clock follow a time server, is the port free.
import { connect } from 'node:net';
import { type Check, fail, ok, skip, warn } from './check.ts';

/** @param groupFile text of /etc/group */
export function dockerGroupCheck(groupFile: string): Check {
  const name = 'docker group';
  const line = groupFile.split('\n').find((one) => one.startsWith('docker:'));
  const members = (line?.split(':')[3] ?? '').split(',').filter((member) => member !== '');
  if (members.length === 0) return ok(name, 'nobody goes round the queue');
  return warn(
    name,
    `${members.join(', ')}: whoever is in it is root in effect, and can start containers outside the queue`,
    members.map((member) => `gpasswd -d ${member} docker`).join('; '),
  );
}

/** @param said what `timedatectl show -p NTPSynchronized --value` says; undefined = nothing */
export function timeCheck(said: string | undefined): Check {
  const name = 'clock';
  if (said === undefined) return skip(name, 'no timedatectl here that could tell whether a time server is followed');
  if (said.trim() === 'yes') return ok(name, 'follows a time server');
  return warn(
    name,
    'follows no time server',
    'Install chrony or `timedatectl set-ntp true`: penalties and limits count time.',
  );
}

/** @param isServing whether this DoPQ answers on its own socket now */
export async function portCheck(host: string, port: number, isServing: boolean): Promise<Check> {
  const name = 'port';
  const isTaken = await answers(host, port);
  if (isTaken === isServing) return ok(name, isServing ? `${host}:${port} answers` : `${host}:${port} is free`);
  if (isServing) {
    return fail(
      name,
      `${host}:${port} does not answer though DoPQ runs`,
      'See `dopq status` and the log of the server.',
    );
  }
  return fail(
    name,
    `something else listens on ${host}:${port}`,
    'End it (`ss -ltnp` names it), or set another [controller] port.',
  );
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const wildcard = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
    const socket = connect({ host: wildcard, port, timeout: 3000 });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .once('connect', () => done(true))
      .once('error', () => done(false))
      .once('timeout', () => done(false));
  });
}
