// The name of a private engine says who owns it, so that what a crashed test left can be told from what is in use.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Field 22 of /proc/PID/stat: when the process started, in clock ticks since boot; undefined if there is none. */
function startTicksOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the command in parentheses and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(fields[19]);
  } catch {
    return undefined;
  }
}

/** `<pid>-<start of that process>-<random>` in base 36; short, because socket paths end at 107 bytes. */
export function newEngineId(): string {
  const owner = [process.pid, startTicksOf(process.pid) ?? 0].map((n) => n.toString(36)).join('-');
  return `${owner}-${randomBytes(3).toString('hex')}`;
}

/** True if the name is an engine's and the process that made it is gone (its pid may live on as another process). */
export function isAbandoned(engineId: string): boolean {
  const match = /^([0-9a-z]+)-([0-9a-z]+)-[0-9a-f]{6}$/.exec(engineId);
  if (!match) return false;
  const [pid, startTicks] = [match[1], match[2]].map((text) => Number.parseInt(text ?? '', 36));
  return startTicksOf(pid ?? 0) !== startTicks;
}
