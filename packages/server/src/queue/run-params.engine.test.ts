// All 90 keys of run_params against a real engine: what users may say is seen by `docker inspect`, what they may not say
// never gets there. From the text of container_config.json to the container, through everything in between.
import { loadBaseImage, type PrivateEngine, startEngine, waitFor, zip } from '@dopq/testbed';
import { parseSubmission, RUN_PARAMS, type RunParamKey, type SubmissionOptions } from '@dopq/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RUN_PARAM_CASES } from '../../../contract/src/run-params.cases.ts';
import { connectDocker } from '../engines/docker/docker.ts';
import type { Engine } from '../engines/engine.ts';
import { silentLogger } from '../log.ts';
import { startProviderFixture } from '../provider/provider.fixture.ts';
import type { AttemptRecord } from '../store/attempts.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { UserRecord } from '../store/users.ts';
import { containerSpec } from './container-spec.ts';

const MIB = 1024 ** 2;
const PATIENT = { timeout: 120_000 };
const LIMITS: SubmissionOptions = { maxCpus: 2, maxPids: 4096, maxMemoryBytes: 8 * 1024 * MIB };

let host: PrivateEngine;
let engine: Engine;
let imageId: string;

beforeAll(async () => {
  host = await startEngine();
  imageId = await loadBaseImage(host);
  engine = connectDocker({
    endpoint: host.host,
    machineId: 'local',
    instance: 'test',
    gpuMode: 'device-requests',
    log: silentLogger,
  });
  await engine.ensureNetwork('dopq');
});
afterAll(() => host?.[Symbol.asyncDispose]());

let jobs = 0;

/** Makes the container of a job with these run_params, and inspects it. */
async function inspect(runParams: Record<string, unknown>): Promise<any> {
  const config = { name: 'train', required_memory: '256m', run_params: runParams };
  const parsed = parseSubmission(JSON.stringify(config), { ...LIMITS, requireUser: false });
  if (!parsed.ok) throw new Error(`refused: ${JSON.stringify(parsed.problems)}`);
  const { submission } = parsed;
  const id = ++jobs;
  const job = { id, imageId, submission, timeLimitMs: null, arrayId: null } as JobRecord;
  const attempt = { jobId: id, number: 1, containerName: `dopq-${id}-1`, memoryBytes: 256 * MIB, cpus: 1 };
  const nothing = { gpuUuids: [] as string[], gpuMemoryBytes: null };
  const docker = { mounts: [], pidsLimit: 4096, shmBytes: 64 * MIB, network: 'dopq', endpoint: host.host };
  const spec = containerSpec(
    job,
    { ...attempt, ...nothing } as unknown as AttemptRecord,
    { name: 'alice', uid: 61_001 } as UserRecord,
    { docker, paths: { data: '/nowhere' } } as never,
    { instance: 'test' },
  );
  const container = await engine.createContainer(spec);
  const [seen] = JSON.parse(await host.docker('inspect', container.id)) as [any];
  await container.remove();
  return seen;
}

/** What a user may say, and where it has to be seen. */
const SEEN: Partial<Record<RunParamKey, [value: unknown, part: object, together?: object]>> = {
  command: [['echo', 'a b'], { Config: { Cmd: ['echo', 'a b'] } }],
  entrypoint: ['sh -c', { Config: { Entrypoint: ['sh', '-c'] } }],
  working_dir: ['/work', { Config: { WorkingDir: '/work' } }],
  environment: [{ EPOCHS: '10' }, { Config: { Env: expect.arrayContaining(['EPOCHS=10']) } }],
  labels: [{ project: 'seg' }, { Config: { Labels: { 'user.project': 'seg' } } }],
  hostname: ['box', { Config: { Hostname: 'box' } }],
  domainname: ['lab', { Config: { Domainname: 'lab' } }],
  healthcheck: [{ test: ['CMD', 'true'] }, { Config: { Healthcheck: { Test: ['CMD', 'true'] } } }],
  stop_signal: ['SIGINT', { Config: { StopSignal: 'SIGINT' } }],
  tty: [true, { Config: { Tty: true } }],
  init: [false, { HostConfig: { Init: false } }],
  mem_reservation: ['128m', { HostConfig: { MemoryReservation: 128 * MIB } }],
  shm_size: ['32m', { HostConfig: { ShmSize: 32 * MIB } }],
  oom_score_adj: [700, { HostConfig: { OomScoreAdj: 700 } }],
  nano_cpus: [1_500_000_000, { HostConfig: { NanoCpus: 1_500_000_000 } }],
  cpu_shares: [512, { HostConfig: { CpuShares: 512 } }],
  cpu_period: [50_000, { HostConfig: { CpuPeriod: 50_000, CpuQuota: 25_000 } }, { cpu_quota: 25_000 }],
  cpu_quota: [20_000, { HostConfig: { CpuQuota: 20_000 } }],
  cpuset_cpus: ['0', { HostConfig: { CpusetCpus: '0' } }],
  cpuset_mems: ['0', { HostConfig: { CpusetMems: '0' } }],
  pids_limit: [100, { HostConfig: { PidsLimit: 100 } }],
  ulimits: [
    [{ Name: 'nofile', Soft: 100, Hard: 200 }],
    { HostConfig: { Ulimits: [{ Name: 'nofile', Soft: 100, Hard: 200 }] } },
  ],
  read_only: [true, { HostConfig: { ReadonlyRootfs: true } }],
  tmpfs: [{ '/scratch': 'size=4096' }, { HostConfig: { Tmpfs: { '/scratch': 'size=4096' } } }],
  network_disabled: [true, { Config: { NetworkDisabled: true }, HostConfig: { NetworkMode: 'none' } }],
  network_mode: ['none', { HostConfig: { NetworkMode: 'none' } }],
  network: ['none', { HostConfig: { NetworkMode: 'none' } }],
  cap_drop: [['CHOWN'], { HostConfig: { CapDrop: expect.arrayContaining([expect.stringMatching(/^(CAP_)?CHOWN$/)]) } }],
  cgroupns: ['private', { HostConfig: { CgroupnsMode: 'private' } }],
  ipc_mode: ['shareable', { HostConfig: { IpcMode: 'shareable' } }],
  sysctls: [{ 'net.core.somaxconn': '512' }, { HostConfig: { Sysctls: { 'net.core.somaxconn': '512' } } }],
  security_opt: [['no-new-privileges'], { HostConfig: { SecurityOpt: ['no-new-privileges'] } }],
};
/** Whether the engine keeps them depends on the kernel's cgroups: they are asked of it, and it may warn instead. */
const BY_KERNEL: readonly RunParamKey[] = ['mem_swappiness', 'blkio_weight'];

const keysOf = (isWanted: (verdict: string) => boolean) =>
  RUN_PARAMS.filter(({ verdict }) => isWanted(verdict)).map(({ key }) => key);

describe('what users may say', PATIENT, () => {
  test('is tested for every such key', () => {
    const tested = [...Object.keys(SEEN), ...BY_KERNEL];
    expect(new Set(tested)).toEqual(new Set(keysOf((verdict) => verdict === 'user')));
  });

  test.each(Object.entries(SEEN))('%s is seen in the container', async (key, [value, part, together = {}]) => {
    expect(await inspect({ [key]: value, ...together })).toMatchObject(part);
  });

  test('makes a container also where the kernel has no use for it', async () => {
    expect((await inspect({ mem_swappiness: 10, blkio_weight: 300 })).HostConfig.Memory).toBe(256 * MIB);
  });
});

test('the defaults are set on every container', PATIENT, async () => {
  const { Config, HostConfig } = await inspect({});
  expect(HostConfig).toMatchObject({
    Init: true,
    SecurityOpt: ['no-new-privileges'],
    PidsLimit: 4096,
    Memory: 256 * MIB,
    MemorySwap: 256 * MIB,
    LogConfig: { Type: 'json-file', Config: { 'max-size': '50m', 'max-file': '3' } },
    RestartPolicy: { Name: 'no' },
    Privileged: false,
    AutoRemove: false,
    NetworkMode: 'dopq',
    PidMode: '',
    UTSMode: '',
    UsernsMode: '',
  });
  for (const capability of ['NET_RAW', 'MKNOD', 'AUDIT_WRITE', 'SETFCAP']) {
    expect(HostConfig.CapDrop.map((name: string) => name.replace(/^CAP_/, ''))).toContain(capability);
  }
  for (const field of [
    'Binds',
    'Mounts',
    'Devices',
    'DeviceRequests',
    'VolumesFrom',
    'Links',
    'CapAdd',
    'Dns',
    'ExtraHosts',
  ]) {
    expect({ field, value: HostConfig[field] ?? [] }).toEqual({ field, value: [] });
  }
  expect(HostConfig.PortBindings ?? {}).toEqual({});
  expect(Config).toMatchObject({ User: '61001:61001', OpenStdin: false });
});

test('what asks for nothing of ours changes nothing', PATIENT, async () => {
  const quiet = keysOf((verdict) => verdict !== 'user' && verdict !== 'obsolete').flatMap((key) => {
    const [value] = RUN_PARAM_CASES[key].accepted.find(([, options]) => Object.keys(options).length === 0) ?? [];
    // Those that repeat what DoPQ decides are written for other bounds.
    return value === undefined || ['mem_limit', 'memswap_limit', 'image', 'platform'].includes(key)
      ? []
      : [[key, value]];
  });
  expect(quiet.length).toBeGreaterThan(35);
  const [plain, noisy] = [await inspect({}), await inspect(Object.fromEntries(quiet))];
  expect(noisy.HostConfig).toEqual(plain.HostConfig);
});

test('of what is refused nothing reaches the engine, by any key and in any shape', PATIENT, async () => {
  await using fixture = startProviderFixture({
    endpoint: host.host,
    // The bounds that the cases are written for.
    capacity: { engine: { memoryBytes: 64 * 1024 * MIB, cpus: 8 }, gpus: { state: 'absent', gpus: [] } },
  });
  const before = await host.docker('images', '-aq');
  const refused = RUN_PARAMS.flatMap(({ key }) => {
    const [value] = RUN_PARAM_CASES[key].refused;
    return value === undefined ? [] : [{ key, value }];
  });
  // All 90 but those that are ignored.
  expect(refused).toHaveLength(85);
  for (const { key, value } of refused) {
    const config = { name: 'train', num_gpus: 0, required_memory: '8g', run_params: { [key]: value } };
    const files = { 'container_config.json': JSON.stringify(config), Dockerfile: 'FROM busybox\nRUN echo reached\n' };
    fixture.drop('alice', `${key}.zip`, await zip(files));
  }
  const all = () => fixture.store.jobs.list({ scope: 'all', limit: 1000 });
  await waitFor(() => all().length === refused.length && all().every(({ state }) => state === 'finished'), {
    timeoutMs: 90_000,
    message: () =>
      JSON.stringify(
        all()
          .filter(({ state }) => state !== 'finished')
          .map(({ file, state }) => [file, state]),
      ),
  });
  expect(all().filter(({ outcome }) => outcome !== 'rejected')).toEqual([]);
  for (const { file, problems } of all())
    expect(problems[0]?.field).toContain(`run_params.${file.replace('.zip', '')}`);
  expect(await host.docker('images', '-aq')).toBe(before);
  expect(await host.docker('ps', '-aq')).toBe('');
});
