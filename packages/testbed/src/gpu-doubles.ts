// What stands for NVIDIA's container toolkit on machines without a GPU. An executable of the hook's name on dockerd's PATH
// is what switches DeviceRequests on; the engine itself then sets NVIDIA_VISIBLE_DEVICES.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface FakeGpu {
  uuid: string;
  /** PCI order; default its place in the list. */
  index?: number;
  name?: string;
  /** In the readings a string is printed as it is, for example `[N/A]`. */
  memoryMiB?: number | string;
  memoryUsedMiB?: number | string;
  utilizationPercent?: number | string;
  temperatureCelsius?: number | string;
  powerWatts?: number | string;
  driverVersion?: string;
}

/** `count` GPUs with UUIDs that are the same in every run. */
export function fakeGpus(count: number, model: Omit<FakeGpu, 'uuid' | 'index'> = {}): FakeGpu[] {
  return Array.from({ length: count }, (_, index) => ({
    ...model,
    uuid: `GPU-${String(index).padStart(8, '0')}-1111-2222-3333-444444444444`,
    index,
  }));
}

// Like the real one it reads the container's state on stdin and refuses a container that asks for a GPU nobody has.
const HOOK = `#!/bin/sh
[ "$1" = prestart ] || exit 0
bundle=$(sed -n 's/.*"bundle":"\\([^"]*\\)".*/\\1/p')
asked=$(grep -o '"NVIDIA_VISIBLE_DEVICES=[^"]*"' "$bundle/config.json" | tail -n 1 | cut -d= -f2 | tr -d '"')
known=$(cat "$(dirname "$0")/known-gpus")
for gpu in $(echo "$asked" | tr , ' '); do
  case $gpu in all | none | void) continue ;; esac
  case " $known " in *" $gpu "*) ;; *)
    echo "nvidia-container-cli: device error: $gpu: unknown device" >&2
    exit 1 ;;
  esac
done
exit 0
`;

const RUNTIME = `#!/bin/sh
exec runc "$@"
`;

/** Writes the hook and the `nvidia` runtime into `binDir`, which has to be first on dockerd's PATH. */
export function writeGpuToolkit(binDir: string, gpus: FakeGpu[]): { runtimePath: string } {
  mkdirSync(binDir, { recursive: true });
  const known = gpus.flatMap((gpu, place) => [gpu.uuid, String(gpu.index ?? place)]);
  writeFileSync(join(binDir, 'known-gpus'), known.join(' '));
  writeFileSync(join(binDir, 'nvidia-container-runtime-hook'), HOOK, { mode: 0o755 });
  const runtimePath = join(binDir, 'nvidia-container-runtime');
  writeFileSync(runtimePath, RUNTIME, { mode: 0o755 });
  return { runtimePath };
}
