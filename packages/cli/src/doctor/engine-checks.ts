// The engine and what it starts containers with.
import { type Check, fail, isAtLeast, ok, skip, warn } from './check.ts';
import type { EngineFacts } from './engine-probe.ts';

/** Older ones know neither device requests by capability nor what our API version asks for. */
const ENGINE_FLOOR = '20.10.0';
/** CVE-2025-31133, -52565 and -52881: a hostile container gets out of older ones. 1.2 got the fix as 1.2.8, 1.3 as 1.3.3. */
const RUNC_FLOORS: Record<string, string> = { '1.2': '1.2.8', '1.3': '1.3.3' };
const RUNC_FLOOR = '1.2.8';
/** CVE-2025-23266. */
const TOOLKIT_FLOOR = '1.17.8';
const CLOCK_MS = 2000;

/** @param now milliseconds since 1970 by this process's clock, when the facts came */
export function engineChecks(facts: EngineFacts, now: number): Check[] {
  return [versionCheck(facts), liveRestoreCheck(facts), cgroupCheck(facts), runcCheck(facts), clockCheck(facts, now)];
}

function versionCheck({ version }: EngineFacts): Check {
  return isAtLeast(version, ENGINE_FLOOR)
    ? ok('engine', `Docker Engine ${version}`)
    : fail('engine', `Docker Engine ${version}`, `Install Docker Engine ${ENGINE_FLOOR} or newer.`);
}

function liveRestoreCheck({ liveRestore }: EngineFacts): Check {
  return liveRestore
    ? ok('live-restore', 'on: containers survive a restart of the engine')
    : warn(
        'live-restore',
        'off: a restart of the engine ends every running job',
        'Put {"live-restore": true} into /etc/docker/daemon.json, then `systemctl reload docker`.',
      );
}

function cgroupCheck({ cgroupDriver, cgroupVersion, runtimes }: EngineFacts): Check {
  const found = `${cgroupDriver}, cgroup v${cgroupVersion}`;
  // github.com/NVIDIA/nvidia-container-toolkit issue 48: a systemd reload takes the GPUs from running containers.
  if (cgroupDriver === 'systemd' && runtimes.includes('nvidia')) {
    return warn(
      'cgroup driver',
      `${found}: with the nvidia runtime, \`systemctl daemon-reload\` can take the GPUs from running jobs`,
      'Use the CDI mode of the NVIDIA toolkit, or {"exec-opts": ["native.cgroupdriver=cgroupfs"]} in /etc/docker/daemon.json.',
    );
  }
  return ok('cgroup driver', found);
}

function runcCheck({ runc }: EngineFacts): Check {
  if (runc === '') return skip('runc', 'the engine does not say which version');
  const line = /^v?(\d+\.\d+)/.exec(runc)?.[1] ?? '';
  const floor = RUNC_FLOORS[line] ?? RUNC_FLOOR;
  if (isAtLeast(runc, floor)) return ok('runc', runc);
  return warn(
    'runc',
    `${runc} is older than ${floor}: a hostile container can get out (CVE-2025-31133, -52565, -52881)`,
    'Update runc (package runc or containerd.io); distributions also mend it under their own numbers.',
  );
}

function clockCheck({ systemTime }: EngineFacts, now: number): Check {
  if (Number.isNaN(systemTime)) return skip('engine clock', 'the engine does not tell the time');
  const offMs = Math.abs(systemTime - now);
  if (offMs < CLOCK_MS) return ok('engine clock', 'agrees with this one');
  return warn(
    'engine clock',
    `${(offMs / 1000).toFixed(1)} s away from this one`,
    'Let both machines follow the same time server (chrony, systemd-timesyncd).',
  );
}

/** @param said what `nvidia-ctk --version` says; undefined = it is not installed */
export function toolkitCheck(said: string | undefined, hasGpus: boolean): Check {
  const name = 'NVIDIA toolkit';
  const version = /(\d+\.\d+\.\d+)/.exec(said ?? '')?.[1];
  if (version === undefined) {
    if (!hasGpus) return skip(name, 'not installed, and there are no GPUs to need it');
    return fail(
      name,
      'not installed: no container can use a GPU',
      'Install nvidia-container-toolkit, then `nvidia-ctk runtime configure --runtime=docker` and `systemctl restart docker`.',
    );
  }
  if (isAtLeast(version, TOOLKIT_FLOOR)) return ok(name, version);
  return warn(
    name,
    `${version} is older than ${TOOLKIT_FLOOR}: a hostile image can get out (CVE-2025-23266)`,
    'Update nvidia-container-toolkit.',
  );
}
