import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CASE_LIMITS, RUN_PARAM_CASES } from './run-params.cases.ts';
import { parseRunParams } from './run-params.ts';
import { memoryProblems, type RunOptions } from './run-options.ts';
import { RUN_PARAMS } from './run-params-table.ts';

const GIB = 1024 ** 3;
// Thousands of random runs take seconds on a busy machine; this only ends a run that hangs.
const DEADLINE_MS = 120_000;

// Copied from docker-py (docker/models/containers.py): RUN_CREATE_KWARGS, RUN_HOST_CONFIG_KWARGS, the arguments
// that run() and create() handle themselves.
const DOCKER_PY_KEYS = `
  command detach domainname entrypoint environment healthcheck hostname image labels mac_address name network_disabled
  platform stdin_open stop_signal tty use_config_proxy user working_dir
  auto_remove blkio_weight_device blkio_weight cap_add cap_drop cgroup_parent cgroupns cpu_count cpu_percent cpu_period
  cpu_quota cpu_shares cpuset_cpus cpuset_mems cpu_rt_period cpu_rt_runtime device_cgroup_rules device_read_bps
  device_read_iops device_write_bps device_write_iops devices device_requests dns_opt dns_search dns extra_hosts group_add
  init init_path ipc_mode isolation kernel_memory links log_config lxc_conf mem_limit mem_reservation mem_swappiness
  memswap_limit mounts nano_cpus network_mode oom_kill_disable oom_score_adj pid_mode pids_limit privileged
  publish_all_ports read_only restart_policy security_opt shm_size storage_opt sysctls tmpfs ulimits userns_mode uts_mode
  version volume_driver volumes_from runtime
  network networking_config ports volumes
  stdout stderr stream remove`
  .trim()
  .split(/\s+/);

describe('the table of run_params', () => {
  it('has a row for each of the 90 arguments of docker-py and for nothing else', () => {
    expect(RUN_PARAMS.map((row) => row.key).toSorted()).toEqual(DOCKER_PY_KEYS.toSorted());
    expect(RUN_PARAMS).toHaveLength(90);
  });

  it('says of every key what happens to it and what to write instead', () => {
    for (const { key, rule, fix } of RUN_PARAMS) expect([key, rule, fix]).not.toContain('');
  });

  it('offers as a fix only what it accepts itself', () => {
    for (const row of RUN_PARAMS.filter(({ verdict }) => verdict === 'user')) {
      const { key, fix } = row;
      if (!fix.startsWith('"') && !/^[[{\dtf]/.test(fix)) continue;
      const together = key === 'cpu_period' ? { cpu_quota: 200_000 } : {};
      const { problems } = parseRunParams({ [key]: JSON.parse(fix) as unknown, ...together }, CASE_LIMITS);
      expect({ key, problems }).toEqual({ key, problems: [] });
    }
  });
});

const ALL_KEYS = RUN_PARAMS.map(({ key }) => key);
// A period means nothing alone, and is tested together with a quota below.
const ACCEPTED_KEYS = ALL_KEYS.filter((key) => key !== 'cpu_period');
const IGNORED_KEYS = RUN_PARAMS.filter(({ verdict }) => verdict === 'ignored').map(({ key }) => key);
const BOUNDED_KEYS = RUN_PARAMS.filter(({ verdict }) => verdict !== 'ignored').map(({ key }) => key);

describe('each key of run_params', () => {
  it.each(ACCEPTED_KEYS)('%s is accepted within its rule and becomes exactly that option', (key) => {
    const { accepted } = RUN_PARAM_CASES[key];
    expect(accepted.length).toBeGreaterThan(0);
    for (const [value, options] of accepted) {
      const result = parseRunParams({ [key]: value }, CASE_LIMITS);
      expect({ value, ...result }).toMatchObject({ value, problems: [] });
      expect({ value, options: result.options }).toEqual({ value, options });
    }
  });

  it.each(BOUNDED_KEYS)('%s is refused beyond its rule, by name, with a rule and a fix', (key) => {
    const { refused } = RUN_PARAM_CASES[key];
    expect(refused.length).toBeGreaterThan(0);
    for (const value of refused) {
      const { problems } = parseRunParams({ [key]: value }, CASE_LIMITS);
      expect({ value, problems }).not.toEqual({ value, problems: [] });
      for (const { field, rule, message, fix } of problems) {
        expect(field.startsWith(`run_params.${key}`)).toBe(true);
        expect([rule, message, fix]).not.toContain('');
      }
    }
  });

  it.each(IGNORED_KEYS)('%s is ignored with a note', (key) => {
    expect(parseRunParams({ [key]: true }).notes).toEqual([expect.stringContaining(`run_params.${key}: ignored`)]);
  });

  it.each(ALL_KEYS)('%s may be null, which docker-py means as "not given"', (key) => {
    expect(parseRunParams({ [key]: null }, CASE_LIMITS)).toEqual({ options: {}, notes: [], problems: [] });
  });
});

describe('run_params as a whole', () => {
  it('names the nearest key for one it does not know', () => {
    const fixOf = (key: string) => parseRunParams({ [key]: 1 }).problems[0]?.fix;
    expect(fixOf('shm_sise')).toBe('Did you mean "shm_size"?');
    expect(fixOf('shmSize')).toBe('Did you mean "shm_size"?');
    expect(fixOf('read-only')).toBe('Did you mean "read_only"?');
    expect(fixOf('Privileged')).toBe('Did you mean "privileged"?');
    expect(fixOf('gpus')).toBe('Leave it out.');
    expect(fixOf('constructor')).toBe('Leave it out.');
  });

  it.each([[[]], ['x'], [1], [true]])('has to be an object: %j', (value) => {
    expect(parseRunParams(value).problems).toMatchObject([{ field: 'run_params', rule: 'an object' }]);
  });

  it('says who may allow a refused key that the server can open', () => {
    const [problem] = parseRunParams({ cap_add: ['SYS_PTRACE'] }).problems;
    expect(problem?.message).toBe('is ["SYS_PTRACE"], which is not allowed here');
    expect(problem?.fix).toContain('[docker] allow.run.params = cap_add');
  });

  it('reads a key that the server opened, still within its rule', () => {
    const opened = ['cap_add', 'dns', 'dns_search', 'dns_opt', 'extra_hosts', 'storage_opt'];
    const { options, problems } = parseRunParams(
      {
        cap_add: ['CAP_SYS_PTRACE'],
        dns: ['10.0.0.1', 'fd00::1'],
        dns_search: ['lab.internal'],
        dns_opt: ['ndots:1'],
        extra_hosts: ['db:10.0.0.5'],
        storage_opt: { size: '20g' },
      },
      { opened },
    );
    expect(problems).toEqual([]);
    expect(options).toEqual({
      capAdd: ['SYS_PTRACE'],
      dns: ['10.0.0.1', 'fd00::1'],
      dnsSearch: ['lab.internal'],
      dnsOptions: ['ndots:1'],
      extraHosts: { db: '10.0.0.5' },
      storageBytes: 20 * GIB,
    });
    for (const bad of [
      { cap_add: ['SYS_ADMIN'] },
      { cap_add: ['ALL'] },
      { dns: ['localhost'] },
      { dns: '10.0.0.1' },
      { extra_hosts: { gate: 'host-gateway' } },
      { storage_opt: { size: '20g', 'dm.fs': 'x' } },
    ]) {
      expect({ bad, ...parseRunParams(bad, { opened }) }).toMatchObject({ bad, problems: [{}] });
    }
  });

  it('does not open a key that no configuration may open', () => {
    const closed = RUN_PARAMS.filter((row) => row.verdict === 'refused' && !row.openable).map((row) => row.key);
    for (const key of closed) {
      const field = `run_params.${key}`;
      expect(parseRunParams({ [key]: ['x'] }, { opened: closed })).toMatchObject({
        options: {},
        problems: [{ field }],
      });
    }
  });

  it('takes CPUs in one way only', () => {
    const both = { nano_cpus: 1_000_000_000, cpu_quota: 200_000 };
    expect(parseRunParams(both).problems).toMatchObject([{ field: 'run_params.cpu_quota' }]);
    expect(parseRunParams({ cpu_quota: 200_000 }, { cpus: 2 }).problems).toMatchObject([
      { field: 'run_params.cpu_quota' },
    ]);
    expect(parseRunParams({ nano_cpus: 3_000_000_000 }, { cpus: 2 }).problems).toHaveLength(1);
    expect(parseRunParams({ cpu_quota: 200_000, cpu_period: 50_000 }).options).toEqual({
      cpuQuotaUs: 200_000,
      cpuPeriodUs: 50_000,
    });
  });

  it('refuses two networks that contradict each other', () => {
    expect(parseRunParams({ network: 'bridge', network_mode: 'none' }).problems).toHaveLength(1);
    expect(parseRunParams({ network: 'none', network_mode: 'none' }).options).toEqual({ network: 'none' });
  });

  it('lets who decides the memory later check what was asked for', () => {
    const { options } = parseRunParams({ shm_size: '2g', tmpfs: { '/a': 'size=3g', '/b': 'size=2g' } });
    expect(memoryProblems(options, 5 * GIB)).toEqual([]);
    expect(memoryProblems(options, 4 * GIB)).toMatchObject([{ field: 'run_params.tmpfs', message: 'asks for 5g' }]);
    expect(memoryProblems(options, GIB).map(({ field }) => field)).toEqual(['run_params.shm_size', 'run_params.tmpfs']);
  });

  it('says once that there are far too many keys', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`key${i}`, 1]));
    expect(parseRunParams(many).problems).toHaveLength(1);
  });
});

describe('whatever stands in run_params', () => {
  const key = fc.constantFrom(...RUN_PARAMS.map((row) => row.key), '__proto__', 'constructor', 'toString', 'Mounts');
  const tricky = fc.constantFrom<unknown>(
    'host',
    'none',
    'container:x',
    -1,
    0,
    1e308,
    Number.MAX_SAFE_INTEGER,
    '8g',
    '99999999999999999999g',
    'ALL',
    ['ALL'],
    ...Object.values(RUN_PARAM_CASES).flatMap(({ accepted, refused }) => [
      ...accepted.map(([value]) => value),
      // The few huge ones have their own test above; here they would only cost time.
      ...refused.filter((value) => JSON.stringify(value).length < 1000),
    ]),
  );
  const value = fc.oneof(
    fc.jsonValue(),
    tricky,
    fc.array(tricky, { maxLength: 3 }),
    fc.dictionary(fc.string(), tricky),
  );
  const params = fc.oneof(fc.jsonValue(), fc.dictionary(key, value, { maxKeys: 3 }));

  it(
    'never throws and never yields an option outside its bounds',
    () => {
      fc.assert(
        fc.property(params, (random) => {
          const { options, problems } = parseRunParams(random, CASE_LIMITS);
          expect(problems.length > 0 ? [] : outside(options)).toEqual([]);
        }),
        { numRuns: 2000 },
      );
    },
    DEADLINE_MS,
  );

  it('yields options that the accepted values name, also where several stand together', () => {
    const right = fc.constantFrom(
      ...RUN_PARAMS.filter(
        ({ key }) => !['cpu_quota', 'nano_cpus', 'network', 'network_mode', 'tmpfs'].includes(key),
      ).flatMap(({ key }) => RUN_PARAM_CASES[key].accepted.map(([given, options]) => ({ key, given, options }))),
    );
    fc.assert(
      fc.property(fc.uniqueArray(right, { selector: ({ key }) => key, maxLength: 12 }), (chosen) => {
        const result = parseRunParams(Object.fromEntries(chosen.map(({ key, given }) => [key, given])), CASE_LIMITS);
        expect(result.problems).toEqual([]);
        expect(result.options).toEqual(Object.assign({}, ...chosen.map(({ options }) => options)));
      }),
    );
  });
});

const OPTION_BOUNDS: Record<keyof RunOptions, (value: never) => boolean> = {
  command: (words: string[]) => words.length > 0,
  entrypoint: (words: string[]) => words.length > 0,
  workingDir: (path: string) => path.startsWith('/'),
  env: (env: Record<string, string>) =>
    Object.entries(env).every(
      ([name, text]) => !/^(NVIDIA_|DOPQ_|LD_(PRELOAD|AUDIT)|CUDA_VIS)|=/i.test(name) && !text.includes('\0'),
    ),
  labels: (labels: Record<string, string>) => Object.keys(labels).every((name) => name.startsWith('user.')),
  hostname: (name: string) => name.length <= 63,
  domainname: (name: string) => name.length <= 253,
  healthcheck: ({ test, intervalMs }: { test: string[]; intervalMs?: number }) =>
    test.length > 0 && (intervalMs ?? 5000) >= 5000,
  stopSignal: (name: string) => /^SIG(TERM|INT|QUIT|USR[12])$/.test(name),
  tty: isBoolean,
  init: isBoolean,
  readOnlyRoot: isBoolean,
  networkDisabled: isBoolean,
  memoryReservationBytes: within(1, 8 * GIB),
  memorySwappiness: within(0, 100),
  shmBytes: within(1, 8 * GIB),
  oomScoreAdj: within(0, 1000),
  cpus: (cpus: number) => cpus >= 0.01 && cpus <= 8,
  cpuShares: within(2, 1024),
  cpuPeriodUs: within(1000, 1_000_000),
  cpuQuotaUs: within(1000, 8_000_000),
  cpusetCpus: (set: string) => /^[0-7](-[0-7])?(,[0-7](-[0-7])?)*$/.test(set.replace(/\b0+(?=\d)/g, '')),
  cpusetMems: (set: string) => /^[\d,-]+$/.test(set),
  pidsLimit: within(1, 4096),
  ulimits: (limits: { name: string }[]) => limits.every(({ name }) => /^(nofile|core|stack|memlock)$/.test(name)),
  tmpfs: (mounts: Record<string, string>) =>
    Object.entries(mounts).every(
      ([path, options]) =>
        /^\/[^:,]+$/.test(path) && !/\.\.|^\/(dev|proc|sys)/.test(path) && !/(^|,)(exec|suid|dev)/.test(options),
    ),
  blkioWeight: within(10, 500),
  network: (name: string) => name === 'none',
  capDrop: (names: string[]) => names.every((name) => /^[A-Z_]+$/.test(name)),
  cgroupns: (mode: string) => mode === 'private',
  ipcMode: (mode: string) => mode === 'private' || mode === 'shareable',
  sysctls: (set: Record<string, string>) => Object.keys(set).every((name) => name.startsWith('net.')),
  // Never without the server's word.
  storageBytes: () => false,
  dns: () => false,
  dnsSearch: () => false,
  dnsOptions: () => false,
  extraHosts: () => false,
  capAdd: () => false,
};

function within(min: number, max: number) {
  return (value: number) => Number.isInteger(value) && value >= min && value <= max;
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}

/** Names of options that are not in the list or not within its bounds. */
function outside(options: RunOptions): string[] {
  return Object.entries(options)
    .filter(
      ([name, value]) =>
        !(Object.hasOwn(OPTION_BOUNDS, name) && OPTION_BOUNDS[name as keyof RunOptions](value as never)),
    )
    .map(([name]) => name);
}
