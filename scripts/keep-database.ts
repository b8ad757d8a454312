// `node scripts/keep-database.ts`: keeps a database of this version for the tests, so that every later version has to open it.
// A simulated server lives a little life with something of everything; what it wrote is packed. Run once for each release,
// and again for an unreleased one whose first schema was edited in place: a unit test says when.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type Dopq, startDopq, waitFor, zip } from '@dopq/testbed';

const FOLDER = fileURLToPath(new URL('../packages/server/src/store/kept/', import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

async function drop(dopq: Dopq, user: string, name: string, command: string, more: object = {}): Promise<void> {
  const config = { name, executor_name: user, num_gpus: 0, required_memory: '64m', ...more };
  const bytes = await zip({
    Dockerfile: `FROM busybox\nCMD ["sh", "-c", ${JSON.stringify(command)}]\n`,
    'container_config.json': JSON.stringify(config),
  });
  dopq.drop(user, `${name}.zip`, bytes);
}

async function inState(dopq: Dopq, name: string, state: string): Promise<number> {
  const job = await waitFor(
    async () =>
      (await dopq.client.jobs.list({ scope: 'all' })).find(
        (found) => found.file === `${name}.zip` && found.state === state,
      ),
    { message: `${name} to be ${state}` },
  );
  return job.id;
}

/** Jobs in every state and with every kind of end, and a row in every table that people fill. */
async function live(dopq: Dopq): Promise<void> {
  const { client } = dopq;
  await drop(dopq, 'alice', 'ends', 'echo done', { retries: 1, retry_on: ['failed'] });
  await drop(dopq, 'bob', 'fails', 'exit 3');
  await drop(dopq, 'bob', 'refused', 'true', { required_memory: 'much' });
  await drop(dopq, 'alice', 'held', 'true', { hold: true });
  await drop(dopq, 'alice', 'runs', 'sleep 100000', { num_gpus: 1, time_limit: '1d' });
  const ended = await inState(dopq, 'ends', 'finished');
  const running = await inState(dopq, 'runs', 'running');
  for (const name of ['fails', 'refused']) await inState(dopq, name, 'finished');
  await inState(dopq, 'held', 'held');
  await client.queue.lock({ message: 'kept' });
  await drop(dopq, 'alice', 'after', 'true', { after_ok: [running] });
  await drop(dopq, 'bob', 'array', 'true', { count: 3 });
  await client.jobs.nice({ id: await inState(dopq, 'after', 'queued'), nice: 3 });
  await inState(dopq, 'array', 'queued');
  await client.jobs.retry({ id: ended });
  await client.users.change({ name: 'bob', shares: 2, max_running_jobs: 5 });
  await client.users.invite({ name: 'bob' });
  await client.tokens.create({ user: 'alice', name: 'kept', scope: 'jobs' });
  await client.session.setPassword({ user: 'alice', password: 'correct horse battery staple' });
  await client.secrets.set({ user: 'alice', name: 'KEY', value: 'a secret of nobody' });
  await client.notifications.add({
    user: 'alice',
    kind: 'webhook',
    events: ['finished'],
    target: 'http://192.0.2.1/hook',
  });
  const [gpu] = await client.gpus.list();
  if (gpu) await client.drains.add({ gpu: gpu.uuid, reason: 'kept' });
}

/** The folders of this run become others, which mean nothing to anybody. */
function anonymize(sqlite: DatabaseSync, dir: string): void {
  const columns = sqlite
    .prepare(
      "select m.name as tableName, c.name as columnName from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table' and m.name not in ('audit', 'sqlite_sequence') and lower(c.type) = 'text'",
    )
    .all() as { tableName: string; columnName: string }[];
  for (const { tableName, columnName } of columns) {
    sqlite
      .prepare(
        `update "${tableName}" set "${columnName}" = replace("${columnName}", ?, '/srv/dopq') where instr("${columnName}", ?)`,
      )
      .run(dir, dir);
  }
}

await using dopq = await startDopq();
await live(dopq);
const copy = path.join(dopq.dir, 'copy.db');
await dopq.dopq('backup', copy);
const sqlite = new DatabaseSync(copy);
anonymize(sqlite, dopq.dir);
sqlite.exec('pragma journal_mode = delete; vacuum');
sqlite.close();
mkdirSync(FOLDER, { recursive: true });
const file = path.join(FOLDER, `${version}.db.gz`);
writeFileSync(file, gzipSync(readFileSync(copy), { level: 9 }));
console.log(`${path.relative(process.cwd(), file)}: ${readFileSync(file).length} bytes`);
