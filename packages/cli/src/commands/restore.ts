import path from 'node:path';
import type { Command } from 'commander';
import { configPathOf, importServer } from '../find-server.ts';
import { globalOptions, withExamples } from '../options.ts';
import { print } from '../output.ts';

export function define(restore: Command): void {
  restore
    .description('put a backup in place of the database; the server has to be stopped')
    .argument('<file>', 'made by `dopq backup`, or one of <data.dir>/backups')
    .action(async (file: string, _options: object, command: Command) => {
      const server = await importServer('restore its database');
      const keep = await server.importKeep();
      const { jobs, former } = keep.restore(configPathOf(globalOptions(command)).file, path.resolve(file));
      const kept = former === undefined ? '' : `; the former database is kept as ${former}`;
      print(`restored ${jobs} ${jobs === 1 ? 'job' : 'jobs'}${kept}`);
    });
  withExamples(restore, 'dopq restore /mnt/safe/dopq.db');
}
