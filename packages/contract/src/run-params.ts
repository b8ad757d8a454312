// `run_params` to options of the container: what the table lets through, read field by field, never passed on.
import { didYouMean } from './did-you-mean.ts';
import { fieldPath, type Problem, showValue } from './problem.ts';
import type { RunOptions } from './run-options.ts';
import { askAbout, type Ask, isObject, type Read, type RunParamsLimits } from './run-params-ask.ts';
import * as resources from './run-params-resources.ts';
import * as rights from './run-params-rights.ts';
import { type OpenableKey, type OwnedKey, RUN_PARAMS, type RunParam, type UserKey } from './run-params-table.ts';
import * as text from './run-params-text.ts';
import { memoryProblems } from './run-options.ts';

const READERS: Record<UserKey | OpenableKey, Read> = {
  command: text.words('command'),
  entrypoint: text.words('entrypoint'),
  working_dir: text.workingDir,
  environment: text.environment,
  labels: text.labels,
  hostname: text.hostname,
  domainname: text.domainname,
  healthcheck: text.healthcheck,
  stop_signal: text.stopSignal,
  tty: text.flag('tty'),
  init: text.flag('init'),
  mem_reservation: resources.size('memoryReservationBytes', resources.SMALLEST_MEMORY_BYTES),
  mem_swappiness: resources.whole('memorySwappiness', 0, 100),
  shm_size: resources.size('shmBytes'),
  oom_score_adj: resources.whole('oomScoreAdj', 0, 1000),
  nano_cpus: resources.nanoCpus,
  cpu_shares: resources.whole('cpuShares', 2, 1024),
  cpu_period: resources.whole('cpuPeriodUs', 1000, 1_000_000),
  cpu_quota: resources.whole('cpuQuotaUs', 1000, 1_024_000_000),
  cpuset_cpus: resources.cpusetCpus,
  cpuset_mems: resources.cpusetMems,
  pids_limit: resources.pidsLimit,
  ulimits: resources.ulimits,
  read_only: text.flag('readOnlyRoot'),
  tmpfs: resources.tmpfs,
  blkio_weight: resources.whole('blkioWeight', 10, 500),
  storage_opt: resources.storageOpt,
  network_disabled: text.flag('networkDisabled'),
  network_mode: rights.network,
  network: rights.network,
  dns: rights.dns,
  dns_search: rights.dnsSearch,
  dns_opt: rights.dnsOptions,
  extra_hosts: rights.extraHosts,
  cap_drop: rights.capabilities('capDrop'),
  cap_add: rights.capabilities('capAdd'),
  cgroupns: rights.cgroupns,
  ipc_mode: rights.ipcMode,
  sysctls: rights.sysctls,
  security_opt: rights.securityOpt,
};

/** Whether a value says what DoPQ does anyway. */
const OWNED: Record<OwnedKey, (ask: Ask) => boolean> = {
  platform: ({ value, limits, refuse }) => equal(value, ['linux', limits.platform], refuse),
  user: ({ refuse }) => equal(undefined, [], refuse),
  name: ({ value, limits, refuse }) => equal(value, [limits.name], refuse),
  image: ({ value, limits, refuse }) => equal(value, [limits.image], refuse),
  detach: ({ value, refuse }) => equal(value, [true], refuse),
  mem_limit: resources.sameMemory,
  memswap_limit: resources.sameMemory,
  device_requests: ({ refuse }) => equal(undefined, [], refuse),
  runtime: ({ value, refuse }) => equal(value, ['nvidia', 'runc'], refuse),
  log_config: ({ value, refuse }) => equal(saysOnly(value, 'type'), ['json-file', ''], refuse),
  restart_policy: ({ value, refuse }) => equal(saysOnly(value, 'name'), ['no', ''], refuse),
  auto_remove: ({ value, refuse }) => equal(value, [false], refuse),
  remove: ({ value, refuse }) => equal(value, [false], refuse),
};

const ROWS = new Map<string, RunParam>(RUN_PARAMS.map((row) => [row.key, row]));

export interface RunParamsResult {
  /** Complete only if there are no problems. */
  options: RunOptions;
  notes: string[];
  problems: Problem[];
}

/**
 * Reads `run_params`. Never throws, whatever `value` is. `null` stands for "not given", as docker-py means it.
 * @param value what stands in the file, as read from JSON
 */
export function parseRunParams(value: unknown, limits: RunParamsLimits = {}): RunParamsResult {
  const out: RunParamsResult = { options: {}, notes: [], problems: [] };
  if (value === null || value === undefined) return out;
  if (!isObject(value)) {
    out.problems.push({
      file: limits.file ?? 'container_config.json',
      field: 'run_params',
      rule: 'an object',
      message: `is ${showValue(value)}`,
      fix: '"run_params": {"shm_size": "2g"}',
    });
    return out;
  }
  if (Object.keys(value).length > MOST_KEYS) {
    out.problems.push(tooManyKeys(Object.keys(value).length, limits));
    return out;
  }
  for (const [key, given] of Object.entries(value)) readKey(key, given, limits, out);
  resources.checkTogether(out.options, (key) => askAbout(ROWS.get(key)!, value[key], limits, out));
  checkNetworks(value, limits, out);
  if (limits.memoryBytes !== undefined) {
    out.problems.push(...memoryProblems(out.options, limits.memoryBytes, limits.file));
  }
  return out;
}

function readKey(key: string, value: unknown, limits: RunParamsLimits, out: RunParamsResult): void {
  const row = ROWS.get(key);
  if (row === undefined) {
    out.problems.push(unknownKey(key, limits));
    return;
  }
  if (value === null) return;
  const ask = askAbout(row, value, limits, out);
  if (row.verdict === 'user' || (row.openable === true && limits.opened?.includes(key))) {
    Object.assign(out.options, READERS[key as UserKey | OpenableKey](ask));
  } else if (row.verdict === 'owned') {
    if (typeof value === 'boolean' || !asksNothing(value)) OWNED[key as OwnedKey](ask);
  } else if (row.verdict === 'ignored') {
    ask.note(`ignored, ${row.rule}`);
  } else if (!asksNothing(value)) {
    refuseKey(row, ask);
  }
}

/** Names key, value, rule, and who may allow it. */
function refuseKey(row: RunParam, ask: Ask): void {
  const shown = showValue(ask.value);
  if (row.verdict === 'obsolete') {
    ask.refuse(`is ${shown}, which is obsolete`);
  } else if (row.openable === true) {
    ask.refuse(`is ${shown}, which is not allowed here`, {
      rule: `opened by the server's configuration alone, and then ${row.rule}`,
      fix: `Leave it out, or ask the administrator for [docker] allow.run.params = ${row.key}`,
    });
  } else {
    ask.refuse(`is ${shown}, which is not allowed: it ${row.rule}`, {
      rule: 'false, empty or left out; no configuration of the server opens it',
    });
  }
}

/** Twice what there is: room for a file full of typing errors, and a bound on the search for what was meant. */
const MOST_KEYS = 2 * RUN_PARAMS.length;

function tooManyKeys(count: number, limits: RunParamsLimits): Problem {
  return {
    file: limits.file ?? 'container_config.json',
    field: 'run_params',
    rule: `at most ${MOST_KEYS} keys`,
    message: `has ${count} keys`,
    fix: 'Keep those you need; most jobs need none.',
  };
}

function unknownKey(key: string, limits: RunParamsLimits): Problem {
  const near = didYouMean(key, ROWS.keys());
  return {
    file: limits.file ?? 'container_config.json',
    field: fieldPath('run_params', key),
    rule: "one of the arguments of docker-py's containers.run",
    message: 'is not known',
    fix: near === undefined ? 'Leave it out.' : `Did you mean "${near}"?`,
  };
}

function checkNetworks(value: Record<string, unknown>, limits: RunParamsLimits, out: RunParamsResult): void {
  const [mode, name] = [value['network_mode'] ?? undefined, value['network'] ?? undefined];
  if (mode === undefined || name === undefined || (mode === 'none') === (name === 'none')) return;
  askAbout(ROWS.get('network')!, name, limits, out).refuse('says something else than network_mode', {
    fix: 'Keep one of the two.',
  });
}

/** docker-py's defaults: false and empty ask for nothing, so a file that writes them out asks for nothing. */
function asksNothing(value: unknown): boolean {
  if (value === false || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

/** The value of the one field of an object that says anything, whatever its case; undefined if there is more. */
function saysOnly(value: unknown, field: string): unknown {
  if (!isObject(value)) return undefined;
  const said = Object.entries(value).filter(([, part]) => part !== null && part !== 0 && !asksNothing(part));
  if (said.length === 0) return '';
  return said.length === 1 && said[0]![0].toLowerCase() === field ? said[0]![1] : undefined;
}

function equal(value: unknown, accepted: readonly unknown[], refuse: Ask['refuse']): boolean {
  if (value !== undefined && accepted.includes(value)) return true;
  refuse();
  return false;
}
