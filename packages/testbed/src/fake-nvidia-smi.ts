// A shell script that answers the queries DoPQ makes of nvidia-smi, from files beside it that a test rewrites.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FakeGpu } from './gpu-doubles.ts';

export interface FakeGpuProcess {
  gpuUuid: string;
  /** The host's pid. */
  pid: number;
  name?: string;
  /** A string is printed as it is, for example `[N/A]`. */
  memoryMiB?: number | string;
}

export interface FakeNvidiaSmi extends AsyncDisposable {
  /** Path of the script. */
  readonly command: string;
  readonly dir: string;
  /** An empty list answers `No devices were found`. */
  setGpus(gpus: FakeGpu[]): void;
  setApps(apps: FakeGpuProcess[]): void;
  /** From now on it prints `text` on stdout, as nvidia-smi does with errors, and ends with `exitCode` (0 = garbage). */
  fail(exitCode: number, text: string): void;
  /** From now on it does not end by itself; a file `hanging` in `dir` then holds the pid of a child it waits for. */
  hang(): void;
  /** Ends `fail` and `hang`. */
  heal(): void;
}

const SCRIPT = `#!/bin/sh
state=$(dirname "$0")
if [ -e "$state/hang" ]; then
  sleep 3600 &
  echo $! >"$state/hanging"
  wait
fi
if [ -e "$state/fail" ]; then
  tail -n +2 "$state/fail"
  exit "$(head -n 1 "$state/fail")"
fi
table= fields= header=1 units=1
for argument; do
  case $argument in
    --query-gpu=*) table=gpus fields=\${argument#*=} ;;
    --query-compute-apps=*) table=apps fields=\${argument#*=} ;;
    --format=*)
      case ,\${argument#*=}, in *,noheader,*) header=0 ;; esac
      case ,\${argument#*=}, in *,nounits,*) units=0 ;; esac ;;
    *) table= ; break ;;
  esac
done
[ "$table" ] || { echo "Invalid combination of input arguments. Please run 'nvidia-smi -h' for help."; exit 1; }
[ -s "$state/gpus" ] || { echo 'No devices were found'; exit 6; }
awk -F '\\t' -v fields="$fields" -v header="$header" -v units="$units" -v table="$table" '
  BEGIN {
    if (table == "gpus") known = "index= uuid= name= driver_version= temperature.gpu= " \\
      "memory.total=MiB memory.used=MiB utilization.gpu=% power.draw=W"
    else known = "gpu_uuid= pid= process_name= used_gpu_memory=MiB"
    count = split(known, pairs, " ")
    for (i = 1; i <= count; i++) { split(pairs[i], pair, "="); unit[pair[1]] = pair[2] }
    count = split(fields, field, ",")
    for (i = 1; i <= count; i++) {
      if (field[i] == "used_memory") field[i] = "used_gpu_memory"
      if (!(field[i] in unit)) { printf "Field \\"%s\\" is not a valid field to query.\\n\\n", field[i]; exit 2 }
      head = head (i > 1 ? ", " : "") field[i] (unit[field[i]] ? " [" unit[field[i]] "]" : "")
    }
    if (header) print head
  }
  {
    split("", value)
    for (i = 1; i <= NF; i++) { cut = index($i, "="); value[substr($i, 1, cut - 1)] = substr($i, cut + 1) }
    for (i = 1; i <= count; i++) {
      cell = field[i] in value ? value[field[i]] : "[N/A]"
      if (units && unit[field[i]] && cell !~ /^\\[/) cell = cell " " unit[field[i]]
      printf "%s%s", (i > 1 ? ", " : ""), cell
    }
    print ""
  }' "$state/$table"
`;

type Row = Record<string, string | number | undefined>;

function gpuRow(gpu: FakeGpu, place: number): Row {
  return {
    index: gpu.index ?? place,
    uuid: gpu.uuid,
    name: gpu.name ?? 'NVIDIA A100-SXM4-40GB',
    driver_version: gpu.driverVersion ?? '550.54.15',
    'memory.total': gpu.memoryMiB ?? 40_960,
    'memory.used': gpu.memoryUsedMiB ?? 0,
    'utilization.gpu': gpu.utilizationPercent ?? 0,
    'temperature.gpu': gpu.temperatureCelsius ?? 30,
    'power.draw': gpu.powerWatts ?? 55.5,
  };
}

function appRow(app: FakeGpuProcess): Row {
  return {
    gpu_uuid: app.gpuUuid,
    pid: app.pid,
    process_name: app.name ?? '/usr/bin/python3',
    used_gpu_memory: app.memoryMiB ?? 1024,
  };
}

function toLines(rows: Row[]): string {
  return rows
    .map(
      (row) =>
        `${Object.entries(row)
          .map(([key, value]) => `${key}=${value}`)
          .join('\t')}\n`,
    )
    .join('');
}

/** Makes the script in a directory of its own; dispose to remove it. */
export function fakeNvidiaSmi({
  gpus = [],
  apps = [],
}: {
  gpus?: FakeGpu[];
  apps?: FakeGpuProcess[];
} = {}): FakeNvidiaSmi {
  const dir = mkdtempSync(join(tmpdir(), 'dopq-smi-'));
  const command = join(dir, 'nvidia-smi');
  // Renamed into place, as a reader may be in the middle of a query.
  const write = (name: string, text: string) => {
    writeFileSync(join(dir, `${name}.new`), text);
    renameSync(join(dir, `${name}.new`), join(dir, name));
  };
  const remove = (name: string) => rmSync(join(dir, name), { force: true });
  const smi: FakeNvidiaSmi = {
    command,
    dir,
    setGpus: (list) => write('gpus', toLines(list.map(gpuRow))),
    setApps: (list) => write('apps', toLines(list.map(appRow))),
    fail: (exitCode, text) => write('fail', `${exitCode}\n${text}\n`),
    hang: () => write('hang', ''),
    heal: () => ['fail', 'hang'].forEach(remove),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
  smi.setGpus(gpus);
  smi.setApps(apps);
  writeFileSync(command, SCRIPT, { mode: 0o755 });
  return smi;
}
