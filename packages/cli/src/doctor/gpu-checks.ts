// The GPUs of the host, and whether a container really sees them: tried, not inferred.
import { type Check, fail, ok, skip, warn } from './check.ts';
import type { EngineCaller } from './engine-probe.ts';
import { runCommand } from './run-command.ts';

export interface HostGpu {
  index: number;
  name: string;
  uuid: string;
}

/** @returns undefined if there is no working `nvidia-smi` */
export async function listHostGpus(nvidiaSmi: string): Promise<HostGpu[] | undefined> {
  const said = await runCommand(nvidiaSmi, '--query-gpu=index,name,uuid', '--format=csv,noheader');
  if (said === undefined) return undefined;
  return said
    .trim()
    .split('\n')
    .map((line) => line.split(',').map((part) => part.trim()))
    .filter((parts) => parts.length === 3)
    .map(([index = '', name = '', uuid = '']) => ({ index: Number(index), name, uuid }));
}

/** `8: NVIDIA A100-SXM4-40GB`. */
export function gpuWords(gpus: readonly HostGpu[]): string {
  return `${gpus.length}: ${[...new Set(gpus.map(({ name }) => name))].join(', ')}`;
}

export function hostGpuCheck(gpus: HostGpu[] | undefined, nvidiaSmi: string, hasDevices: boolean): Check {
  if (gpus !== undefined && gpus.length > 0) {
    return ok('GPUs', gpuWords(gpus));
  }
  if (!hasDevices) return skip('GPUs', `none, or no driver: \`${nvidiaSmi}\` finds none; jobs without GPUs work`);
  return fail(
    'GPUs',
    `there is an NVIDIA device, but \`${nvidiaSmi}\` finds no GPU`,
    'Reinstall the driver or reboot after its update: `nvidia-smi` has to list the GPUs first.',
  );
}

/** @param image what to try with; by default the newest image of the engine */
export async function containerGpuCheck(
  engine: EngineCaller,
  gpus: HostGpu[],
  image: string | undefined,
): Promise<Check> {
  const name = 'GPU in a container';
  if (gpus.length === 0) return skip(name, 'no GPU to look for');
  const tried = image ?? (await newestImage(engine));
  if (tried === undefined) return skip(name, 'no image to try with; name one: `dopq doctor --image IMAGE`');
  try {
    const seen = await seenIn(engine, tried);
    const missing = gpus.filter(({ uuid }) => !seen.includes(uuid));
    if (missing.length === 0) return ok(name, `${tried} sees all ${gpus.length}`);
    return fail(
      name,
      `${tried} does not see ${missing.map(({ index }) => `GPU ${index}`).join(', ')}; it said: ${seen.trim().slice(-200) || 'nothing'}`,
      'Run `nvidia-ctk runtime configure --runtime=docker`, restart docker, and see that an image with a C library is tried (--image).',
    );
  } catch (error) {
    return warn(
      name,
      `${tried} could not be tried: ${(error as Error).message}`,
      'Where the NVIDIA toolkit is in order, another image may do, such as one of your own jobs: `dopq doctor --image IMAGE`.',
    );
  }
}

async function newestImage(engine: EngineCaller): Promise<string | undefined> {
  const images = JSON.parse(await engine.call('GET', '/images/json')) as {
    RepoTags: string[] | null;
    Created: number;
  }[];
  return images
    .toSorted((a, b) => b.Created - a.Created)
    .flatMap(({ RepoTags }) => RepoTags ?? [])
    .find((tag) => !tag.includes('<none>'));
}

const LABEL = { 'dopq.doctor': '1' };
const PATIENCE_S = 30;

/** What `nvidia-smi -L` says in a container of this image with all GPUs. */
async function seenIn(engine: EngineCaller, image: string): Promise<string> {
  const created = await engine.call('POST', '/containers/create', {
    Image: image,
    Entrypoint: ['nvidia-smi'],
    Cmd: ['-L'],
    Tty: true,
    NetworkDisabled: true,
    Labels: LABEL,
    HostConfig: { NetworkMode: 'none', DeviceRequests: [{ Driver: '', Count: -1, Capabilities: [['gpu']] }] },
  });
  const { Id } = JSON.parse(created) as { Id: string };
  try {
    await engine.call('POST', `/containers/${Id}/start`);
    for (let second = 0; second < PATIENCE_S; second++) {
      const { State } = JSON.parse(await engine.call('GET', `/containers/${Id}/json`)) as {
        State: { Running: boolean };
      };
      if (!State.Running) break;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    return await engine.call('GET', `/containers/${Id}/logs?stdout=1&stderr=1`);
  } finally {
    await engine.call('DELETE', `/containers/${Id}?force=1&v=1`);
  }
}
