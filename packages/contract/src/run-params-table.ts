// The 90 keyword arguments of docker-py's `containers.run`, which `run_params` is written in, and what DoPQ does with
// each. It is an allow-list: a key that is not here is refused, and so is a form of a value that no reader knows.

/**
 * - `user`: yours, within the rule.
 * - `owned`: DoPQ decides it; the value it uses anyway is accepted, any other is refused.
 * - `refused`: would reach beyond the job; a value that asks for nothing (false, empty) is accepted.
 * - `ignored`: has no meaning for a queued job; accepted with a note.
 * - `obsolete`: gone from Docker, or for Windows only; refused.
 */
export type Verdict = 'user' | 'owned' | 'refused' | 'ignored' | 'obsolete';

export interface RunParam {
  readonly key: string;
  /** Name of the field in the Engine's API. */
  readonly engineField: string;
  readonly verdict: Verdict;
  /** What is accepted; of a refused key that cannot be opened: what it would do. */
  readonly rule: string;
  /** A value to copy, or for a refused key what to do instead. */
  readonly fix: string;
  /** True if the server's configuration can open a refused key to its users (still bounded by `rule`). */
  readonly openable?: boolean;
}

const A_GPU = 'Ask for GPUs with "num_gpus": 1.';
const A_FOLDER = 'Leave it out; the administrator names shared folders in [docker] mount.volumes.';
const CPUS = '"cpus": 4';

export const RUN_PARAMS = [
  // what runs
  user('command', 'Cmd', 'text or a list of texts, at most 64 kB', '["python", "train.py"]'),
  user('entrypoint', 'Entrypoint', 'text or a list of texts, at most 64 kB', '["python"]'),
  user('working_dir', 'WorkingDir', 'an absolute path', '"/workspace"'),
  user(
    'environment',
    'Env',
    'an object or a list of "NAME=value", at most 64 kB; not NVIDIA_*, CUDA_VISIBLE_DEVICES, DOPQ_*, LD_PRELOAD, LD_AUDIT',
    '{"EPOCHS": "10"}',
  ),
  user(
    'labels',
    'Labels',
    'an object or a list of names, at most 64; each gets the prefix "user."; not dopq.*, com.docker.*, traefik.* and the like',
    '{"project": "segmentation"}',
  ),
  user('hostname', 'Hostname', 'a host name: letters, digits and "-", at most 63', '"trainer"'),
  user('domainname', 'Domainname', 'a domain name: letters, digits, "-" and "."', '"lab.internal"'),
  user(
    'healthcheck',
    'Healthcheck',
    'test, interval, timeout, start_period (nanoseconds, interval at least 5 s) and retries; shown, never restarts the job',
    '{"test": ["CMD", "true"], "interval": 30000000000}',
  ),
  user('stop_signal', 'StopSignal', 'one of SIGTERM, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2', '"SIGINT"'),
  user('tty', 'Tty', 'true or false', 'true'),
  user('init', 'Init', 'true or false; true unless given', 'true'),
  owned('platform', '(query) platform', "the machine's own platform", 'Leave it out.'),
  owned('user', 'User', 'DoPQ runs the container as the uid of its submitter', 'Leave it out.'),
  owned('name', '(query) name', 'DoPQ names the container; a job is named by the field "name"', 'Leave it out.'),
  owned('image', 'Image', 'the image that was built, or the one the field "image" names', 'Leave it out.'),
  owned('detach', '(client)', 'always true', 'Leave it out.'),

  // memory
  owned('mem_limit', 'HostConfig.Memory', 'comes from required_memory', '"required_memory": "8g"'),
  owned('memswap_limit', 'HostConfig.MemorySwap', 'equals the memory: jobs do not swap', 'Leave it out.'),
  user('mem_reservation', 'HostConfig.MemoryReservation', 'a size from 6m, at most required_memory', '"4g"'),
  user('mem_swappiness', 'HostConfig.MemorySwappiness', 'a whole number from 0 to 100', '0'),
  user(
    'shm_size',
    'HostConfig.ShmSize',
    "a size, at most required_memory; the server's default (1g) unless given",
    '"2g"',
  ),
  user('oom_score_adj', 'HostConfig.OomScoreAdj', 'a whole number from 0 to 1000', '500'),
  refused(
    'oom_kill_disable',
    'HostConfig.OomKillDisable',
    'keeps a job alive that is over its memory',
    'Leave it out.',
  ),

  // processors and processes
  user(
    'nano_cpus',
    'HostConfig.NanoCpus',
    'billionths of a CPU, a whole number from 10000000, at most "cpus"; not together with cpu_quota',
    '2000000000',
  ),
  user('cpu_shares', 'HostConfig.CpuShares', 'a whole number from 2 to 1024', '512'),
  user('cpu_period', 'HostConfig.CpuPeriod', 'microseconds, a whole number from 1000 to 1000000', '100000'),
  user(
    'cpu_quota',
    'HostConfig.CpuQuota',
    'microseconds per period, a whole number from 1000; not together with "cpus" or nano_cpus',
    '200000',
  ),
  user('cpuset_cpus', 'HostConfig.CpusetCpus', 'numbers of CPUs the machine has, as in "0-3,8"', '"0-3"'),
  user('cpuset_mems', 'HostConfig.CpusetMems', 'numbers of memory nodes, as in "0-1"', '"0"'),
  user(
    'pids_limit',
    'HostConfig.PidsLimit',
    "a whole number from 1 to the server's limit (at most 32768), which holds unless given",
    '1024',
  ),
  user(
    'ulimits',
    'HostConfig.Ulimits',
    'a list of {"Name", "Soft", "Hard"} for nofile (at most 1048576), core, stack or memlock (-1 = unlimited)',
    '[{"Name": "nofile", "Soft": 65536, "Hard": 65536}]',
  ),
  refused('cpu_rt_period', 'HostConfig.CpuRealtimePeriod', 'can starve the machine', CPUS),
  refused('cpu_rt_runtime', 'HostConfig.CpuRealtimeRuntime', 'can starve the machine', CPUS),

  // disk
  user('read_only', 'HostConfig.ReadonlyRootfs', 'true or false', 'true'),
  user(
    'tmpfs',
    'HostConfig.Tmpfs',
    'an object {path: options}, together at most required_memory; options: size, mode, uid, gid, noexec, nosuid',
    '{"/scratch": "size=1g"}',
  ),
  user('blkio_weight', 'HostConfig.BlkioWeight', 'a whole number from 10 to 500', '250'),
  refused(
    'storage_opt',
    'HostConfig.StorageOpt',
    'only {"size": ...}, and only where the engine keeps disk quotas',
    '{"size": "20g"}',
    true,
  ),
  refused('blkio_weight_device', 'HostConfig.BlkioWeightDevice', 'names devices of the machine', 'Use "blkio_weight".'),
  refused('device_read_bps', 'HostConfig.BlkioDeviceReadBps', 'names devices of the machine', 'Use "blkio_weight".'),
  refused('device_write_bps', 'HostConfig.BlkioDeviceWriteBps', 'names devices of the machine', 'Use "blkio_weight".'),
  refused('device_read_iops', 'HostConfig.BlkioDeviceReadIOps', 'names devices of the machine', 'Use "blkio_weight".'),
  refused(
    'device_write_iops',
    'HostConfig.BlkioDeviceWriteIOps',
    'names devices of the machine',
    'Use "blkio_weight".',
  ),
  refused('volumes', 'Volumes, HostConfig.Binds', 'can give away the whole machine', A_FOLDER),
  refused('mounts', 'HostConfig.Mounts', 'can give away the whole machine', A_FOLDER),
  refused('volumes_from', 'HostConfig.VolumesFrom', "reaches other jobs' data", A_FOLDER),
  refused('volume_driver', 'HostConfig.VolumeDriver', 'can mount any folder of the machine', A_FOLDER),

  // network
  user('network_disabled', 'NetworkDisabled', 'true or false', 'true'),
  user('network_mode', 'HostConfig.NetworkMode', '"none", or "bridge" for the network DoPQ gives every job', '"none"'),
  user('network', 'NetworkingConfig', '"none", or "bridge" for the network DoPQ gives every job', '"none"'),
  refused('networking_config', 'NetworkingConfig', 'joins networks of other containers', 'Leave it out.'),
  refused('links', 'HostConfig.Links', 'reaches other jobs', 'Leave it out.'),
  refused(
    'ports',
    'ExposedPorts, HostConfig.PortBindings',
    'opens the machine to the network',
    'Write results to files or the log.',
  ),
  refused('publish_all_ports', 'HostConfig.PublishAllPorts', 'opens the machine to the network', 'Leave it out.'),
  refused('mac_address', 'MacAddress', 'lets a job pose as another', 'Leave it out.'),
  refused('dns', 'HostConfig.Dns', 'a list of at most 3 IP addresses', 'Leave it out.', true),
  refused('dns_search', 'HostConfig.DnsSearch', 'a list of at most 6 domain names', 'Leave it out.', true),
  refused('dns_opt', 'HostConfig.DnsOptions', 'a list of options such as "ndots:1"', 'Leave it out.', true),
  refused(
    'extra_hosts',
    'HostConfig.ExtraHosts',
    'an object {name: IP address}, never "host-gateway"',
    'Leave it out.',
    true,
  ),
  refused('use_config_proxy', '(client)', "passes the server's proxy credentials on", 'Leave it out.'),

  // rights
  user(
    'cap_drop',
    'HostConfig.CapDrop',
    'a list of Linux capabilities, or ["ALL"]; dropped beside those DoPQ drops',
    '["ALL"]',
  ),
  user('cgroupns', 'HostConfig.CgroupnsMode', 'only "private"', '"private"'),
  user('ipc_mode', 'HostConfig.IpcMode', '"private" or "shareable"', 'For more shared memory set "shm_size": "8g".'),
  user(
    'sysctls',
    'HostConfig.Sysctls',
    'only net.core.somaxconn (1 to 65535) and net.ipv4.ip_local_port_range (two ports from 1024)',
    '{"net.core.somaxconn": "1024"}',
  ),
  user(
    'security_opt',
    'HostConfig.SecurityOpt',
    'only ["no-new-privileges"], which is always set',
    '["no-new-privileges"]',
  ),
  refused('cap_add', 'HostConfig.CapAdd', 'a list from SYS_PTRACE, IPC_LOCK, SYS_NICE', 'Leave it out.', true),
  refused('privileged', 'HostConfig.Privileged', 'gives the whole machine and every GPU', A_GPU),
  refused('devices', 'HostConfig.Devices', 'gives devices of the machine', A_GPU),
  refused('device_cgroup_rules', 'HostConfig.DeviceCgroupRules', 'gives devices of the machine', A_GPU),
  owned('device_requests', 'HostConfig.DeviceRequests', 'DoPQ gives each job its own GPUs', A_GPU),
  owned('runtime', 'HostConfig.Runtime', 'DoPQ chooses it; "nvidia" and "runc" are accepted', A_GPU),
  refused('group_add', 'HostConfig.GroupAdd', 'gives rights over files of the machine', 'Leave it out.'),
  refused('pid_mode', 'HostConfig.PidMode', 'sees processes of others', 'Leave it out.'),
  refused('uts_mode', 'HostConfig.UTSMode', "shares the machine's name", 'Use "hostname".'),
  refused('userns_mode', 'HostConfig.UsernsMode', "can switch the engine's user mapping off", 'Leave it out.'),
  refused('cgroup_parent', 'HostConfig.CgroupParent', 'escapes the limits of the job', 'Leave it out.'),

  // life
  owned('log_config', 'HostConfig.LogConfig', 'DoPQ follows the log itself and keeps it', 'Leave it out.'),
  owned('restart_policy', 'HostConfig.RestartPolicy', 'always "no": a job runs once', 'Leave it out.'),
  owned(
    'auto_remove',
    'HostConfig.AutoRemove',
    'always false: DoPQ removes a container after its log is saved',
    'Leave it out.',
  ),
  owned('remove', '(client)', 'always false: DoPQ removes a container after its log is saved', 'Leave it out.'),
  ignored('stdin_open', 'OpenStdin', 'nothing is attached to the input of a job'),
  ignored('stdout', '(client)', 'the log always has it'),
  ignored('stderr', '(client)', 'the log always has it'),
  ignored('stream', '(client)', 'only means something to the caller of docker-py'),
  ignored('version', '(client)', 'only means something to the caller of docker-py'),

  // gone
  obsolete('kernel_memory', 'HostConfig.KernelMemory', 'removed from Docker', '"required_memory": "8g"'),
  obsolete('lxc_conf', 'HostConfig.LxcConf', 'removed from Docker', 'Leave it out.'),
  obsolete('init_path', 'HostConfig.InitPath', 'removed from Docker', '"init": true'),
  obsolete('cpu_count', 'HostConfig.CpuCount', 'for Windows only', CPUS),
  obsolete('cpu_percent', 'HostConfig.CpuPercent', 'for Windows only', CPUS),
  obsolete('isolation', 'HostConfig.Isolation', 'for Windows only', 'Leave it out.'),
] as const;

export type RunParamKey = (typeof RUN_PARAMS)[number]['key'];
export type UserKey = Extract<(typeof RUN_PARAMS)[number], { verdict: 'user' }>['key'];
export type OwnedKey = Extract<(typeof RUN_PARAMS)[number], { verdict: 'owned' }>['key'];
export type OpenableKey = Extract<(typeof RUN_PARAMS)[number], { openable: true }>['key'];

function user<K extends string>(key: K, engineField: string, rule: string, fix: string) {
  return { key, engineField, verdict: 'user', rule, fix } as const;
}

function owned<K extends string>(key: K, engineField: string, rule: string, fix: string) {
  return { key, engineField, verdict: 'owned', rule, fix } as const;
}

function refused<K extends string, const O extends boolean = false>(
  key: K,
  engineField: string,
  rule: string,
  fix: string,
  openable: O = false as O,
) {
  return { key, engineField, verdict: 'refused', rule, fix, openable } as const;
}

function ignored<K extends string>(key: K, engineField: string, rule: string) {
  return { key, engineField, verdict: 'ignored', rule, fix: 'Leave it out.' } as const;
}

function obsolete<K extends string>(key: K, engineField: string, rule: string, fix: string) {
  return { key, engineField, verdict: 'obsolete', rule, fix } as const;
}
