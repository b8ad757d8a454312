import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Dopq } from '@dopq/testbed';

/**
 * A folder as a user has it, with a Dockerfile and a configuration.
 * @param command what the job's shell does
 * @param more fields of the configuration beside the usual ones
 * @returns its path
 */
export function project({ dir }: Pick<Dopq, 'dir'>, name: string, command: string, more: object = {}): string {
  const folder = path.join(dir, 'projects', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'Dockerfile'), `FROM busybox\nCMD ["sh", "-c", ${JSON.stringify(command)}]\n`);
  const config = { name, executor_name: 'alice', num_gpus: 0, required_memory: '64m', ...more };
  writeFileSync(path.join(folder, 'container_config.json'), JSON.stringify(config));
  return folder;
}
