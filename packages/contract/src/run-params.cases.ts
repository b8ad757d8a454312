// One row per key of run_params: values that are accepted, with what they become, and values that are refused.
import type { RunOptions } from './run-options.ts';
import type { RunParamsLimits } from './run-params-ask.ts';
import type { RunParamKey } from './run-params-table.ts';

export interface RunParamCase {
  accepted: [value: unknown, options: RunOptions][];
  refused: unknown[];
}

const GIB = 1024 ** 3;
const NOTHING: RunOptions = {};

/** The bounds that the rows are written for. */
export const CASE_LIMITS: RunParamsLimits = {
  memoryBytes: 8 * GIB,
  maxCpus: 8,
  maxPids: 4096,
  name: 'train',
  image: 'lab/pytorch:2.4',
  platform: 'linux/amd64',
};

const flag = (key: keyof RunOptions): RunParamCase => ({
  accepted: [
    [true, { [key]: true }],
    [false, { [key]: false }],
  ],
  refused: ['True', 'true', 1, 0, [], {}],
});

const whole = (key: keyof RunOptions, min: number, max: number): RunParamCase => ({
  accepted: [
    [min, { [key]: min }],
    [max, { [key]: max }],
  ],
  refused: [min - 1, max + 1, min + 0.5, String(max), -1000, [max], {}, true],
});

/** Never opened: whatever asks for something is refused, what asks for nothing is let through. */
const never = (...asking: unknown[]): RunParamCase => ({
  accepted: [
    [false, NOTHING],
    ['', NOTHING],
    [[], NOTHING],
    [{}, NOTHING],
  ],
  refused: [...asking, true, 1, 0, 'x', ['x'], { x: 1 }, [[]], { x: null }],
});

const ignored: RunParamCase = {
  accepted: [
    [true, NOTHING],
    [false, NOTHING],
    ['auto', NOTHING],
  ],
  refused: [],
};

const words = (key: 'command' | 'entrypoint'): RunParamCase => ({
  accepted: [
    [['python', 'train.py', ''], { [key]: ['python', 'train.py', ''] }],
    ['python train.py', { [key]: ['python', 'train.py'] }],
    [`sh -c 'echo "a b"' "it's"`, { [key]: ['sh', '-c', 'echo "a b"', "it's"] }],
    ['a\\ b "c\\"d" "e\\f"', { [key]: ['a b', 'c"d', 'e\\f'] }],
    ['', NOTHING],
    [[], NOTHING],
  ],
  refused: [
    "sh -c 'open",
    'trailing\\',
    ['a', 1],
    ['a', null],
    [['a']],
    { a: 1 },
    7,
    true,
    ['a\0b'],
    'x'.repeat(70_000),
  ],
});

const network: RunParamCase = {
  accepted: [
    ['none', { network: 'none' }],
    ['bridge', NOTHING],
    ['default', NOTHING],
  ],
  refused: [
    'host',
    'HOST',
    ' host',
    'container:dopq-1-1',
    'container:',
    'my-net',
    'ns:/proc/1/ns/net',
    'slirp4netns',
    '',
    1,
    ['none'],
    {},
  ],
};

const devicePath = '/dev/sda';

export const RUN_PARAM_CASES: Record<RunParamKey, RunParamCase> = {
  command: words('command'),
  entrypoint: words('entrypoint'),
  working_dir: {
    accepted: [['/workspace', { workingDir: '/workspace' }]],
    refused: ['workspace', './a', '', 1, ['/a'], '/a\0b', `/${'a'.repeat(5000)}`],
  },
  environment: {
    accepted: [
      [{ EPOCHS: '10', LR: 0.1, EMPTY: '' }, { env: { EPOCHS: '10', LR: '0.1', EMPTY: '' } }],
      [['A=1', 'B=x=y', 'C='], { env: { A: '1', B: 'x=y', C: '' } }],
      [{ LD_LIBRARY_PATH: '/opt/lib' }, { env: { LD_LIBRARY_PATH: '/opt/lib' } }],
      [{}, { env: {} }],
    ],
    refused: [
      { NVIDIA_VISIBLE_DEVICES: 'all' },
      ['NVIDIA_VISIBLE_DEVICES=all'],
      { nvidia_visible_devices: 'all' },
      { NVIDIA_DISABLE_REQUIRE: '1' },
      { NVIDIA_DRIVER_CAPABILITIES: 'all' },
      { CUDA_VISIBLE_DEVICES: '0' },
      ['CUDA_VISIBLE_DEVICES=0'],
      { LD_PRELOAD: '/tmp/x.so' },
      ['LD_PRELOAD=/tmp/x.so'],
      { LD_AUDIT: '/tmp/x.so' },
      { DOPQ_JOB: '1' },
      ['A=1', 'A=2'],
      ['NO_VALUE'],
      ['=x'],
      { 'A=NVIDIA_X': '1' },
      { 'A B': '1' },
      { '1A': '1' },
      { '': '1' },
      { A: true },
      { A: null },
      { A: { B: 1 } },
      { A: 'x\0NVIDIA_VISIBLE_DEVICES=all' },
      { A: 'x'.repeat(70_000) },
      'A=1',
      [1],
      1,
      true,
    ],
  },
  labels: {
    accepted: [
      [{ project: 'seg', round: 3 }, { labels: { 'user.project': 'seg', 'user.round': '3' } }],
      [['mine', 'user.other'], { labels: { 'user.mine': '', 'user.other': '' } }],
    ],
    refused: [
      { 'dopq.job': '1' },
      { 'DOPQ.job': '1' },
      { 'user.dopq.job': '1' },
      { 'com.docker.compose.project': 'x' },
      { 'traefik.enable': 'true' },
      ['traefik.enable'],
      { ' a': '1' },
      { a: true },
      { a: 'x'.repeat(5000) },
      Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`l${i}`, ''])),
      'a=b',
      1,
    ],
  },
  hostname: {
    accepted: [['trainer-1', { hostname: 'trainer-1' }]],
    refused: ['-a', 'a_b', 'a.b', '', 'a'.repeat(64), 1, ['a']],
  },
  domainname: {
    accepted: [['lab.internal', { domainname: 'lab.internal' }]],
    refused: ['.lab', 'lab..x', 'a b', '', `${'a.'.repeat(127)}aa`, 1],
  },
  healthcheck: {
    accepted: [
      [{ test: ['CMD', 'true'] }, { healthcheck: { test: ['CMD', 'true'] } }],
      [{ test: 'curl -f localhost' }, { healthcheck: { test: ['CMD-SHELL', 'curl -f localhost'] } }],
      [{ Test: ['NONE'] }, { healthcheck: { test: ['NONE'] } }],
      [
        { test: ['CMD-SHELL', 'true'], interval: 5e9, timeout: 1e9, start_period: 0, retries: 3 },
        {
          healthcheck: { test: ['CMD-SHELL', 'true'], intervalMs: 5000, timeoutMs: 1000, startPeriodMs: 0, retries: 3 },
        },
      ],
    ],
    refused: [
      {},
      { test: [] },
      { test: ['true'] },
      { test: ['CMD'] },
      { test: 'true', interval: 1e9 },
      { test: 'true', interval: -1 },
      { test: 'true', interval: 1e30 },
      { test: 'true', timeout: '5s' },
      { test: 'true', retries: 1.5 },
      { test: 'true', extra: 1 },
      'true',
      ['CMD', 'true'],
    ],
  },
  stop_signal: {
    accepted: [
      ['SIGINT', { stopSignal: 'SIGINT' }],
      ['usr1', { stopSignal: 'SIGUSR1' }],
    ],
    refused: ['SIGKILL', 'KILL', 'SIGSTOP', 'HUP', '', 9, 15, 'SIGRTMIN+3', ['SIGINT']],
  },
  tty: flag('tty'),
  init: flag('init'),
  platform: {
    accepted: [
      ['linux', NOTHING],
      ['linux/amd64', NOTHING],
    ],
    refused: ['linux/arm64', 'windows', 'LINUX', 1, true],
  },
  user: { accepted: [['', NOTHING]], refused: ['root', '0', 0, '0:0', 'alice', '1000:1000', true, ['root']] },
  name: { accepted: [['train', NOTHING]], refused: ['other', 'dopq-1-1', 1, true, ['train']] },
  image: { accepted: [['lab/pytorch:2.4', NOTHING]], refused: ['busybox', 'lab/pytorch', 1, true] },
  detach: { accepted: [[true, NOTHING]], refused: [false, 1, 'true'] },
  mem_limit: {
    accepted: [
      ['8g', NOTHING],
      ['8192m', NOTHING],
      [8 * GIB, NOTHING],
    ],
    refused: ['9g', '7g', 8, '8', 0, -1, true, '-8g', ['8g']],
  },
  memswap_limit: { accepted: [['8g', NOTHING]], refused: [-1, '16g', 0, '-1', true] },
  mem_reservation: {
    accepted: [
      ['4g', { memoryReservationBytes: 4 * GIB }],
      [8 * GIB, { memoryReservationBytes: 8 * GIB }],
    ],
    refused: ['9g', 0, -1, '1m', 'lots', true, 1e300],
  },
  mem_swappiness: whole('memorySwappiness', 0, 100),
  shm_size: {
    accepted: [
      ['2g', { shmBytes: 2 * GIB }],
      ['512M', { shmBytes: 512 * 1024 ** 2 }],
      [67_108_864, { shmBytes: 67_108_864 }],
      ['1.5gb', { shmBytes: 1.5 * GIB }],
    ],
    refused: ['9g', '99t', 1e17, 0, -5, '-1', '0', '2x', '', true, ['2g'], '1e3'],
  },
  oom_score_adj: whole('oomScoreAdj', 0, 1000),
  oom_kill_disable: never(),
  nano_cpus: {
    accepted: [
      [2_000_000_000, { cpus: 2 }],
      [10_000_000, { cpus: 0.01 }],
      [8_000_000_000, { cpus: 8 }],
    ],
    refused: [0, -1, 2, 9_000_000_000, 1.5, '2000000000', 1e300],
  },
  cpu_shares: whole('cpuShares', 2, 1024),
  cpu_period: { accepted: [], refused: [100_000, 999, 1_000_001, 0, -1, '100000'] },
  cpu_quota: {
    accepted: [
      [200_000, { cpuQuotaUs: 200_000 }],
      [800_000, { cpuQuotaUs: 800_000 }],
    ],
    refused: [-1, 0, 999, 800_001, 1.5, '200000'],
  },
  cpuset_cpus: {
    accepted: [
      ['0-3', { cpusetCpus: '0-3' }],
      ['0,2,7', { cpusetCpus: '0,2,7' }],
    ],
    refused: ['8', '0-8', '3-0', '', ',', '0,', 'a', '0-3-5', ' 0', 0, [0], '0\n1'],
  },
  cpuset_mems: { accepted: [['0', { cpusetMems: '0' }]], refused: ['64', '1-0', '', 'x', 0] },
  pids_limit: whole('pidsLimit', 1, 4096),
  ulimits: {
    accepted: [
      [
        [{ Name: 'nofile', Soft: 1024, Hard: 1_048_576 }],
        { ulimits: [{ name: 'nofile', soft: 1024, hard: 1_048_576 }] },
      ],
      [[{ name: 'memlock', soft: -1, hard: -1 }], { ulimits: [{ name: 'memlock', soft: -1, hard: -1 }] }],
      [[{ Name: 'core', Soft: 0 }], { ulimits: [{ name: 'core', soft: 0, hard: 0 }] }],
      [[], NOTHING],
    ],
    refused: [
      [{ Name: 'nofile', Soft: 1_048_577, Hard: 1_048_577 }],
      [{ Name: 'nofile', Soft: -1, Hard: -1 }],
      [{ Name: 'nofile', Soft: 2, Hard: 1 }],
      [{ Name: 'memlock', Soft: -1, Hard: 1024 }],
      [{ Name: 'nproc', Soft: 1, Hard: 1 }],
      [{ Name: 'rtprio', Soft: 99, Hard: 99 }],
      [{ Name: 'nofile' }],
      [{ Name: 'nofile', name: 'rtprio', Soft: 1, Hard: 1 }],
      [{ Name: 'nofile', Soft: 1, Hard: 1, Extra: 1 }],
      [
        { Name: 'core', Soft: 1 },
        { Name: 'core', Soft: 2 },
      ],
      [{ Name: 'constructor', Soft: 1, Hard: 1 }],
      ['nofile=1024'],
      { nofile: 1024 },
      'nofile',
    ],
  },
  cpu_rt_period: never(1_000_000),
  cpu_rt_runtime: never(950_000),
  read_only: flag('readOnlyRoot'),
  tmpfs: {
    accepted: [
      [
        { '/scratch': 'size=1g,mode=1777,uid=1000,gid=1000,noexec,nosuid' },
        { tmpfs: { '/scratch': `size=${GIB},mode=1777,uid=1000,gid=1000,noexec,nosuid` } },
      ],
      [{ '/scratch/': '' }, { tmpfs: { '/scratch': '' } }],
      [['/a:size=4096', '/b'], { tmpfs: { '/a': 'size=4096', '/b': '' } }],
      [{}, NOTHING],
    ],
    refused: [
      { '/scratch': 'size=9g' },
      { '/a': 'size=5g', '/b': 'size=5g' },
      { '/a': 'size=50%' },
      { '/a': 'size=0' },
      { '/a': 'size=1g,size=9g' },
      { '/a': 'exec' },
      { '/a': 'dev' },
      { '/a': 'suid' },
      { '/a': 'mode=4755' },
      { '/a': 'uid=-1' },
      { '/a': 'rw,remount' },
      { '/a': 1 },
      { '/': '' },
      { scratch: '' },
      { '/a/../etc': '' },
      { '/proc': '' },
      { '/sys/fs/cgroup': '' },
      { '/dev/shm': 'size=1g' },
      { '/a:/etc': '' },
      { '/a,ro': '' },
      ['/a', '/a/'],
      '/a',
      1,
    ],
  },
  blkio_weight: whole('blkioWeight', 10, 500),
  storage_opt: never({ size: '20g' }, { 'dm.thinpooldev': '/dev/sda' }),
  blkio_weight_device: never([{ Path: devicePath, Weight: 500 }]),
  device_read_bps: never([{ Path: devicePath, Rate: 1 }]),
  device_write_bps: never([{ Path: devicePath, Rate: 1 }]),
  device_read_iops: never([{ Path: devicePath, Rate: 1 }]),
  device_write_iops: never([{ Path: devicePath, Rate: 1 }]),
  volumes: never(
    { '/etc': { bind: '/mnt', mode: 'ro' } },
    ['/etc:/mnt'],
    ['/data'],
    '/etc:/mnt',
    { 'my-volume': { bind: '/mnt', driver: 'local', driver_opts: { type: 'none', o: 'bind', device: '/etc' } } },
    { '/var/run/docker.sock': { bind: '/var/run/docker.sock' } },
  ),
  mounts: never(
    [{ Type: 'bind', Source: '/etc', Target: '/mnt' }],
    [
      {
        Target: '/mnt',
        Type: 'volume',
        VolumeOptions: { DriverConfig: { Name: 'local', Options: { o: 'bind', device: '/etc' } } },
      },
    ],
    [{ Type: 'tmpfs', Target: '/x' }],
    [{}],
    { a: {} },
    ['/etc:/mnt'],
  ),
  volumes_from: never(['dopq-1-1'], 'dopq-1-1:ro'),
  volume_driver: never('local', 'nfs'),
  network_disabled: flag('networkDisabled'),
  network_mode: network,
  network,
  networking_config: never({ EndpointsConfig: { host: {} } }, { 'my-net': { IPv4Address: '10.0.0.5' } }),
  links: never({ 'dopq-1-1': 'db' }, [['dopq-1-1', 'db']], ['dopq-1-1:db']),
  ports: never(
    { '8888/tcp': 8888 },
    { '8888/tcp': null },
    { 8888: ['0.0.0.0', 8888] },
    { '8888/tcp': [8888, 8889] },
    { '80': ['127.0.0.1', null] },
    [8888],
    [[8888, 'udp']],
    ['8888:8888'],
    '8888:8888',
    8888,
  ),
  publish_all_ports: never(),
  mac_address: never('02:42:ac:11:00:02'),
  dns: never(['8.8.8.8'], '8.8.8.8'),
  dns_search: never(['lab.internal']),
  dns_opt: never(['ndots:1']),
  extra_hosts: never({ db: '10.0.0.5' }, { host: 'host-gateway' }, ['db:10.0.0.5']),
  use_config_proxy: never(),
  cap_drop: {
    accepted: [
      [['ALL'], { capDrop: ['ALL'] }],
      [['net_raw', 'CAP_CHOWN', 'CHOWN'], { capDrop: ['NET_RAW', 'CHOWN'] }],
      [[], NOTHING],
    ],
    refused: [['NOPE'], 'ALL', [1], { ALL: true }, ['']],
  },
  cgroupns: { accepted: [['private', { cgroupns: 'private' }]], refused: ['host', '', 'container:x', 1, ['private']] },
  ipc_mode: {
    accepted: [
      ['private', { ipcMode: 'private' }],
      ['shareable', { ipcMode: 'shareable' }],
    ],
    refused: ['host', 'Host', 'container:dopq-1-1', '', 1, ['private'], { mode: 'host' }],
  },
  sysctls: {
    accepted: [
      [{ 'net.core.somaxconn': 1024 }, { sysctls: { 'net.core.somaxconn': '1024' } }],
      [
        { 'net.ipv4.ip_local_port_range': '1024\t65535' },
        { sysctls: { 'net.ipv4.ip_local_port_range': '1024 65535' } },
      ],
      [{}, NOTHING],
    ],
    refused: [
      { 'kernel.shmmax': '1' },
      { 'kernel.core_pattern': '|/bin/sh' },
      { 'net.ipv4.ip_forward': '1' },
      { 'net.core.somaxconn': '0' },
      { 'net.core.somaxconn': '1 2' },
      { 'net.core.somaxconn': [1] },
      { 'net.ipv4.ip_local_port_range': '1 65535' },
      { 'net.ipv4.ip_local_port_range': '5000 4000' },
      { 'net/core/somaxconn': '1' },
      ['net.core.somaxconn=1'],
      'x',
    ],
  },
  security_opt: {
    accepted: [
      [['no-new-privileges'], NOTHING],
      [['no-new-privileges:true'], NOTHING],
      [['no-new-privileges=true'], NOTHING],
      [[], NOTHING],
    ],
    refused: [
      ['seccomp=unconfined'],
      ['seccomp:unconfined'],
      ['apparmor=unconfined'],
      ['label=disable'],
      ['systempaths=unconfined'],
      ['no-new-privileges:false'],
      ['no-new-privileges', 'seccomp=unconfined'],
      'no-new-privileges',
      { seccomp: 'unconfined' },
    ],
  },
  cap_add: never(['SYS_ADMIN'], ['ALL'], ['SYS_PTRACE'], 'SYS_ADMIN'),
  privileged: never('true', 'True', { a: 1 }),
  devices: never(['/dev/sda:/dev/sda:rwm'], ['/dev/nvidia0'], [{ PathOnHost: '/dev/sda' }], '/dev/sda'),
  device_cgroup_rules: never(['a *:* rwm']),
  device_requests: {
    accepted: [
      [[], NOTHING],
      [{}, NOTHING],
    ],
    refused: [
      [{ Driver: 'nvidia', Count: -1, Capabilities: [['gpu']] }],
      [{ DeviceIDs: ['0'], Capabilities: [['gpu']] }],
      [{}],
      { Count: -1 },
      'all',
      true,
      false,
      -1,
    ],
  },
  runtime: {
    accepted: [
      ['nvidia', NOTHING],
      ['runc', NOTHING],
      ['', NOTHING],
    ],
    refused: ['runsc', 'io.containerd.runc.v2', 'NVIDIA', 1, true, ['nvidia']],
  },
  group_add: never(['docker'], [0], ['disk'], 'root'),
  pid_mode: never('host', 'container:dopq-1-1', 'private'),
  uts_mode: never('host'),
  userns_mode: never('host'),
  cgroup_parent: never('/', 'system.slice'),
  log_config: {
    accepted: [
      [{}, NOTHING],
      [{ Type: 'json-file', Config: {} }, NOTHING],
      [{ type: 'json-file' }, NOTHING],
    ],
    refused: [
      { Type: 'syslog', Config: { 'syslog-address': 'udp://10.0.0.1:514' } },
      { Type: 'none' },
      { Type: 'json-file', Config: { 'max-size': '1k' } },
      { Config: { 'max-size': '1k' } },
      'none',
      true,
    ],
  },
  restart_policy: {
    accepted: [
      [{}, NOTHING],
      [{ Name: 'no' }, NOTHING],
      [{ Name: 'no', MaximumRetryCount: 0 }, NOTHING],
    ],
    refused: [
      { Name: 'always' },
      { Name: 'on-failure', MaximumRetryCount: 5 },
      { MaximumRetryCount: 5 },
      'always',
      'no',
      true,
    ],
  },
  auto_remove: { accepted: [[false, NOTHING]], refused: [true, 1, 'true'] },
  remove: { accepted: [[false, NOTHING]], refused: [true, 1, 'true'] },
  stdin_open: ignored,
  stdout: ignored,
  stderr: ignored,
  stream: ignored,
  version: ignored,
  kernel_memory: never('1g'),
  lxc_conf: never({ 'lxc.cgroup': 'x' }),
  init_path: never('/sbin/init'),
  cpu_count: never(4),
  cpu_percent: never(50),
  isolation: never('hyperv'),
};
