// The unit for systemd: DoPQ starts after the engine and the share, and never falls with them.

export interface UnitOptions {
  /** The program, absolute. */
  program: string;
  config: string;
  /** A unit of one user, for `systemctl --user`. */
  isUser: boolean;
}

export function systemdUnit({ program, config, isUser }: UnitOptions): string {
  const after = isUser
    ? []
    : ['After=docker.service network-online.target remote-fs.target', 'Wants=docker.service network-online.target'];
  return [
    '[Unit]',
    'Description=DoPQ, the Docker Priority Queue',
    // Wants and not Requires: a restart of the engine pauses the queue and is no reason to end it.
    ...after,
    'StartLimitIntervalSec=60',
    'StartLimitBurst=5',
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${quoted(program)} serve --config ${quoted(config)}`,
    'Restart=on-failure',
    'RestartSec=2',
    // 78: the configuration is wrong. Trying again does not mend it.
    'RestartPreventExitStatus=78',
    // Containers are the engine\'s children: ending DoPQ touches no job.
    'KillMode=mixed',
    'TimeoutStopSec=60',
    'LimitNOFILE=65536',
    'NoNewPrivileges=yes',
    ...(isUser
      ? []
      : ['OOMScoreAdjust=-500', 'ProtectKernelModules=yes', 'ProtectKernelTunables=yes', 'ProtectControlGroups=yes']),
    'RestrictRealtime=yes',
    'LockPersonality=yes',
    '',
    '[Install]',
    `WantedBy=${isUser ? 'default.target' : 'multi-user.target'}`,
    '',
  ].join('\n');
}

/** As systemd.syntax(7) reads it: quotes around spaces, `%` and `$` doubled. */
function quoted(text: string): string {
  const safe = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /\s/.test(safe) ? `"${safe}"` : safe;
}
