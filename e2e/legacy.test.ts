// A lab that comes from DoPQ 1.0 puts its config.ini, its user database and its zips in place, and goes on.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Job } from '@dopq/contract';
import { type Dopq, startDopq, waitFor, zip } from '@dopq/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';

let dopq: Dopq;

beforeAll(async () => {
  dopq = await startDopq({
    users: [],
    configText({ dir, share, output }) {
      const database = path.join(dir, 'dopq_database.db');
      const md5 = '5f4dcc3b5aa765d61d8327deb882cf99';
      writeFileSync(
        database,
        JSON.stringify({ Reza: { password: md5, email: 'reza@example.org' }, anees: { password: md5 } }),
      );
      mkdirSync(share);
      return `[paths]
container.dir = ${dir}/container
network.dir = ${share}
unzip.dir = ${dir}/unzip
log.dir = ${dir}/log
history.dir = ${dir}/data
failed.dir = ${dir}/failed
user_database.dir = ${database}

[queue]
max.history = 500
verbose = yes
sleep.interval = 1
max.gpu.assignment = 1

[docker]
mount.volumes = ${output}:/imgdir,${output}:/outdir
remove = yes
network.mode = host
mem.limit = 32g
logging.interval = 10

[fetcher]
valid.executors = Reza,anees
min.space = 0.0001
remove.invalid.containers = yes
sleep.interval = 1

[controller]
port = auto
user.sockets = ${dir}/sockets

[builder]
sleep.interval = 10
load.suffix = tar
build.suffix = zip

`;
    },
  });
});
afterAll(() => dopq[Symbol.asyncDispose]());

function submission(config: object): Promise<Uint8Array> {
  return zip({
    Dockerfile: 'FROM scratch\nENV DOPQ_SIM_SECONDS=1\nCMD ["/train"]\n',
    'container_config.json': JSON.stringify(config),
  });
}

async function finished(file: string): Promise<Job> {
  let job: Job | undefined;
  await waitFor(
    async () => {
      job = (await dopq.client.jobs.list({ scope: 'all' })).find((candidate) => candidate.file === file);
      return job?.state === 'finished';
    },
    { timeoutMs: 60_000, message: () => `${file} to end: ${JSON.stringify(job)}` },
  );
  return job as Job;
}

it('runs a zip from the root of the share for the user it names, with 1.0 defaults, and says that this is no proof', async () => {
  dopq.drop('', 'net.zip', await submission({ name: 'net', executor_name: 'Reza' }));
  const job = await finished('net.zip');
  expect(job).toMatchObject({
    user: 'Reza',
    outcome: 'succeeded',
    num_gpus: 1,
    memory_bytes: 20 * 2 ** 30,
    unverified: true,
  });
});

it('orders by recency, and a user with an upper-case name is penalised like anyone', async () => {
  const users = await dopq.client.users.list();
  expect(users.find((user) => user.name === 'Reza')?.penalty).toBeCloseTo(1, 4);
  expect(users.find((user) => user.name === 'anees')?.penalty).toBe(0);
  expect((await dopq.client.status()).queue.policy).toBe('recency');
});

it('has taken the users over, with e-mail and without passwords', async () => {
  const users = await dopq.client.users.list();
  expect(users.map(({ name, email }) => [name, email])).toEqual([
    ['Reza', 'reza@example.org'],
    ['anees', null],
  ]);
});

it('reports what has no effect any more, with the reason', async () => {
  const { stdout } = await dopq.tryDopq('serve', '--print-config');
  expect(stdout).toMatch(/network\.mode[\s\S]*never applied/);
  const { warnings } = await dopq.client.status();
  expect(warnings.join('\n')).toMatch(/trusted\.share/);
});

it('refuses a zip of somebody who is no user, and keeps it', async () => {
  dopq.drop('', 'stranger.zip', await submission({ name: 'net', executor_name: 'mallory' }));
  expect(await finished('stranger.zip')).toMatchObject({
    outcome: 'rejected',
    reason: expect.stringContaining('mallory'),
  });
});
