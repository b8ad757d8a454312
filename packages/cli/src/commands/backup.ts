import path from 'node:path';
import type { Command } from 'commander';
import { configPathOf, importServer } from '../find-server.ts';
import { globalOptions, withExamples } from '../options.ts';
import { print } from '../output.ts';

export function define(backup: Command): void {
  backup
    .description('copy the database (jobs, history, users, settings) to a file, also while the server runs')
    .argument('<file>', 'where to; it must not exist')
    .option('-f, --force', 'overwrite the file')
    .action(async (file: string, { force = false }: { force?: boolean }, command: Command) => {
      const server = await importServer('copy its database');
      const { backUp } = await server.importKeep();
      const made = backUp(configPathOf(globalOptions(command)).file, path.resolve(file), { force });
      print(`copied to ${made}; archives, logs and outputs are files of their own`);
    });
  withExamples(backup, 'dopq backup /mnt/safe/dopq.db', 'dopq backup --force /mnt/safe/dopq.db');
}
