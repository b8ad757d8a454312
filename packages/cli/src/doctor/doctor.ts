// All checks of `dopq doctor`, in the order a person would go: configuration, places, engine, GPUs, host.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { Status } from '@dopq/contract';
import { configPathOf, importServer } from '../find-server.ts';
import { withServer } from '../connection.ts';
import { type Check, fail, ok, skip, warn } from './check.ts';
import { engineChecks, toolkitCheck } from './engine-checks.ts';
import { callEngine, probeEngine } from './engine-probe.ts';
import { containerGpuCheck, hostGpuCheck, listHostGpus } from './gpu-checks.ts';
import { dockerGroupCheck, portCheck, timeCheck } from './host-checks.ts';
import { parseMounts } from './mounts.ts';
import { databaseCheck, diskCheck, nosuidCheck, shareChecks } from './place-checks.ts';
import { runCommand } from './run-command.ts';

type Config = ReturnType<Awaited<ReturnType<typeof importServer>>['loadConfig']>['config'];

export interface DoctorOptions {
  config?: string | undefined;
  /** Image to try the GPUs with. */
  image?: string | undefined;
}

/** @param onCheck called with each result as it comes */
export async function examine(options: DoctorOptions, onCheck: (check: Check) => void): Promise<void> {
  const config = await checkConfig(options, onCheck);
  if (config === undefined) return;
  const status = await checkServer(options, onCheck);
  const mounts = parseMounts(readIfThere('/proc/self/mountinfo'));
  for (const check of shareChecks(config.paths.network, mounts)) onCheck(check);
  for (const { source, readOnly } of config.docker.mounts) {
    if (!readOnly && existsSync(source)) onCheck(nosuidCheck(realpathSync(source), mounts));
  }
  onCheck(databaseCheck(realOrSelf(config.paths.data), mounts));
  for (const [use, folder] of [
    ['database', config.paths.data],
    ['accepted zips', config.paths.container],
    ['logs', config.paths.log],
  ] as const) {
    onCheck(diskCheck(use, folder, config.fetcher.minSpaceFraction));
  }
  if (status?.server.simulated) onCheck(skip('engine', 'simulated: the server was started with --simulate'));
  else await checkEngine(config, options, onCheck);
  onCheck(dockerGroupCheck(readIfThere('/etc/group')));
  onCheck(timeCheck(await runCommand('timedatectl', 'show', '-p', 'NTPSynchronized', '--value')));
  const { host, port } = config.controller;
  if (port === null) onCheck(skip('port', 'no TCP: only the socket is used'));
  else if (port !== 0) onCheck(await portCheck(host, port, status !== undefined));
}

async function checkConfig(options: DoctorOptions, onCheck: (check: Check) => void): Promise<Config | undefined> {
  const { file } = configPathOf(options);
  if (!existsSync(file)) {
    onCheck(fail('config', `${file} does not exist`, `Write it with \`dopq init${configFlag(options)}\`.`));
    return undefined;
  }
  const { loadConfig } = await importServer();
  try {
    const { config, notices } = loadConfig(file);
    const warnings = notices.filter(({ level }) => level === 'warning');
    if (warnings.length === 0) onCheck(ok('config', file));
    for (const { message } of warnings) onCheck(warn('config', message, `Correct it in ${file}.`));
    return config;
  } catch (error) {
    onCheck(fail('config', (error as Error).message, `Correct it in ${file}; docs/configuration.md has every key.`));
    return undefined;
  }
}

/** @returns what the server says of itself; undefined if it does not answer */
async function checkServer(options: DoctorOptions, onCheck: (check: Check) => void): Promise<Status | undefined> {
  try {
    const status = await withServer(options, ({ client }) => client.status());
    onCheck(ok('server', `DoPQ ${status.version} answers`));
    return status;
  } catch (error) {
    onCheck(
      warn(
        'server',
        (error as Error).message,
        `Start it: \`dopq serve${configFlag(options)}\`, or \`systemctl start dopq\`.`,
      ),
    );
    return undefined;
  }
}

async function checkEngine(config: Config, { image }: DoctorOptions, onCheck: (check: Check) => void): Promise<void> {
  const { endpoint, nvidiaSmi } = config.docker;
  const gpus = await listHostGpus(nvidiaSmi);
  const hasDevices = existsSync('/dev/nvidia0') || existsSync('/dev/nvidiactl');
  await using engine = callEngine(endpoint);
  try {
    const facts = await probeEngine(engine);
    for (const check of engineChecks(facts, Date.now())) onCheck(check);
    if (facts.dataRoot !== '') onCheck(diskCheck('images', facts.dataRoot, config.fetcher.minSpaceFraction));
    onCheck(hostGpuCheck(gpus, nvidiaSmi, hasDevices));
    onCheck(toolkitCheck(await runCommand('nvidia-ctk', '--version'), (gpus?.length ?? 0) > 0));
    onCheck(await containerGpuCheck(engine, gpus ?? [], image));
  } catch (error) {
    const cause = (error as Error).cause instanceof Error ? ((error as Error).cause as Error) : (error as Error);
    onCheck(
      fail(
        'engine',
        `no Docker Engine answers at ${endpoint}: ${cause.message}`,
        'Start it (`systemctl start docker`), or correct [docker] host; the account DoPQ runs as has to be allowed to use it.',
      ),
    );
    onCheck(hostGpuCheck(gpus, nvidiaSmi, hasDevices));
  }
}

/** So that a hint can be copied as it is. */
const configFlag = ({ config }: DoctorOptions): string => (config === undefined ? '' : ` --config ${config}`);

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function realOrSelf(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : path.resolve(folder);
}
