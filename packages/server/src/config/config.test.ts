import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfig, parseConfig } from './config.ts';
import { formatDefaultConfig } from './default-config.ts';

const file = '/etc/dopq/config.ini';
const legacyText = readFileSync(new URL('fixtures/written-dopq-1.0.ini', import.meta.url), 'utf8');
const minimal = '[paths]\ndata.dir = /d\nnetwork.dir = /share\n';

const parse = (text: string, env: Record<string, string> = {}) => parseConfig(text, { file, env });

function refusalOf(text: string, env: Record<string, string> = {}): ConfigError {
  try {
    parse(text, env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the file was accepted');
}

describe('a file of DoPQ 1.0', () => {
  const { config, notices, settings } = parse(legacyText);

  test('is taken as it is', () => {
    expect(config).toMatchObject({
      legacy: true,
      paths: {
        data: '/srv/dopq/history',
        container: '/srv/dopq/container',
        network: '/srv/dopq/network',
        log: '/srv/dopq/log',
        failed: '/srv/dopq/failed',
        userDatabase: '/srv/dopq/users/dopq_database.db',
      },
      queue: { maxHistory: 500, verbose: true, sleepIntervalMs: 10_000, maxGpuAssignment: 1, policy: 'recency' },
      docker: {
        memLimitBytes: 32 * 1024 ** 3,
        remove: true,
        loggingIntervalMs: 10_000,
        network: 'dopq',
        mounts: [
          { source: '/srv/dopq/mount', target: '/imgdir', readOnly: false },
          { source: '/srv/dopq/mount', target: '/outdir', readOnly: false },
        ],
      },
      fetcher: {
        validExecutors: ['Ana', 'bob', 'carla'],
        minSpaceFraction: 0.05,
        removeInvalid: true,
        trustedShare: true,
      },
      builder: { loadSuffixes: ['tar'], buildSuffixes: ['zip'], sleepIntervalMs: 10_000 },
      controller: { socket: '/srv/dopq/history/dopq.sock' },
    });
  });

  test('tells which keys have no effect any more and why, with their lines', () => {
    const messages = notices.map((notice) => notice.message);
    expect(messages).toContainEqual(
      expect.stringMatching(
        /^\/etc\/dopq\/config\.ini:\d+: \[docker\] network\.mode: "host" has no effect: 1\.0 never/,
      ),
    );
    expect(messages).toContainEqual(expect.stringMatching(/\[paths\] unzip\.dir: .* has no effect/));
  });

  test('trusts its share as before, and warns', () => {
    expect(notices).toContainEqual({
      level: 'warning',
      message: expect.stringContaining('[fetcher] trusted.share') as string,
    });
    expect(parse(legacyText.replace('[fetcher]', '[fetcher]\ntrusted.share = no')).config.fetcher.trustedShare).toBe(
      false,
    );
  });

  test('stays one with further keys of ours beside it, until it names data.dir or policy', () => {
    expect(parse(legacyText.replace('[docker]', '[docker]\nhost = tcp://h:1')).config.queue.policy).toBe('recency');
    expect(parse(legacyText.replace('[paths]', '[paths]\ndata.dir = /d')).config).toMatchObject({
      legacy: false,
      queue: { policy: 'fair-share' },
      fetcher: { trustedShare: false },
    });
  });

  test('tells of every value where it comes from', () => {
    const originOf = (name: string) => settings.find((setting) => setting.key.name === name)?.origin;
    expect(originOf('container.dir')).toEqual({ from: 'file', line: 2 });
    expect(originOf('data.dir')).toEqual({ from: 'default', key: 'history.dir' });
    expect(originOf('socket')).toEqual({ from: 'default', key: 'data.dir' });
    expect(originOf('half.life')).toEqual({ from: 'default' });
  });
});

describe('a new file', () => {
  test('needs a data directory and a share, and has a default for all else', () => {
    expect(parse(minimal).config).toMatchObject({
      legacy: false,
      paths: { container: '/d/container', log: '/d/log', failed: '/d/failed', history: '/d', userDatabase: null },
      queue: { policy: 'fair-share' },
      fetcher: { trustedShare: false },
      docker: { memLimitBytes: null, mounts: [] },
    });
    expect(parse(minimal).notices).toEqual([]);
    expect(refusalOf('[queue]\n').problems.map((problem) => problem.key?.name)).toEqual(['data.dir', 'network.dir']);
  });

  test('as DoPQ writes it gives no reason for a notice', () => {
    const { config, notices } = parse(formatDefaultConfig('/var/lib/dopq'));
    expect(notices).toEqual([]);
    expect(config.paths).toMatchObject({ data: '/var/lib/dopq/data', network: '/var/lib/dopq/share' });
  });

  test('cannot be changed once it is read', () => {
    const { config } = parse(minimal);
    expect(() => Object.assign(config.queue, { maxHistory: 1 })).toThrow(TypeError);
  });

  test('takes relative paths from its own folder', () => {
    expect(parse('[paths]\ndata.dir = data\nnetwork.dir = ../share\n').config.paths).toMatchObject({
      data: '/etc/dopq/data',
      network: '/etc/share',
    });
  });
});

describe('the environment', () => {
  test('DOCKER_HOST wins over the file, and says so', () => {
    const { config, settings, notices } = parse(`${minimal}[docker]\nhost = tcp://h:1\n`, {
      DOCKER_HOST: 'unix:///x.sock',
    });
    expect(config.docker.endpoint).toBe('unix:///x.sock');
    expect(settings.find((setting) => setting.key.name === 'host')?.origin).toEqual({
      from: 'environment',
      variable: 'DOCKER_HOST',
    });
    expect(notices[0]?.message).toMatch(/config\.ini:5: \[docker\] host: is "unix:\/\/\/x\.sock" from DOCKER_HOST/);
  });

  test('an empty DOCKER_HOST counts as none', () => {
    expect(parse(minimal, { DOCKER_HOST: '' }).config.docker.endpoint).toBe('unix:///var/run/docker.sock');
  });

  test('a DOCKER_HOST that is no endpoint is refused by its name', () => {
    expect(refusalOf(minimal, { DOCKER_HOST: 'ssh://h' }).message).toContain(
      'DOCKER_HOST: [docker] host = ssh://h: has to be',
    );
  });
});

describe('a refusal', () => {
  test('lists all problems with file, line, key, rule and the nearest valid name', () => {
    const text = `${minimal}[queu]\nx = 1\n[queue]\nmax.histori = 5\nverbose = yess\nmem.limit = 3g\npolicy = 3\n`;
    expect(refusalOf(text).message.split('\n')).toEqual([
      `${file} cannot be used, 5 problems:`,
      `  ${file}:4: there is no section [queu]. Did you mean "queue"?`,
      `  ${file}:7: [queue] has no key "max.histori". Did you mean "max.history"?`,
      `  ${file}:8: [queue] verbose = yess: has to be yes, true, on, 1 or no, false, off, 0. Did you mean "yes"?`,
      `  ${file}:9: [queue] has no key "mem.limit"; it belongs into [docker].`,
      `  ${file}:10: [queue] policy = 3: has to be fair-share or recency or fifo.`,
    ]);
  });

  test('names a section written in other case', () => {
    expect(refusalOf(`${minimal}[Queue]\nmax.history = 5\n`).problems[0]).toMatchObject({ line: 4, nearest: 'queue' });
  });

  test('tells of a stray percent sign', () => {
    expect(refusalOf(`${minimal}log.dir = /50%\n`).message).toContain(
      ':4: [paths] log.dir: a "%" has to be written "%%"',
    );
  });

  test('tells that a file is missing, or is no text', () => {
    expect(() => loadConfig('/nowhere/config.ini')).toThrow(/\/nowhere\/config\.ini: cannot be read: ENOENT/);
    expect(() => loadConfig(process.execPath)).toThrow(/is not UTF-8 text/);
  });

  test.each([
    ['container.dir in the share', 'container.dir = /share/c', 'container.dir'],
    ['container.dir that is the share', 'container.dir = /share', 'container.dir'],
    ['the share in container.dir', 'container.dir = /', 'network.dir'],
    ['log.dir in the share', 'log.dir = /share/ana/../log', 'log.dir'],
    ['failed.dir in container.dir', 'failed.dir = /d/container/failed', 'failed.dir'],
    ['log.dir in failed.dir', 'failed.dir = /x\nlog.dir = /x/log', 'log.dir'],
  ])('names %s', (_title, lines, key) => {
    expect(refusalOf(`${minimal}${lines}\n`).problems.map((problem) => problem.key?.name)).toContain(key);
  });

  test('a folder whose name only starts like the share is another folder', () => {
    expect(parse(`${minimal}container.dir = /share-2\nfailed.dir = /..share\n`).config.paths.container).toBe(
      '/share-2',
    );
  });

  test('tells of a socket path that the system cannot hold', () => {
    expect(refusalOf(`[paths]\ndata.dir = /${'d'.repeat(120)}\nnetwork.dir = /s\n`).problems[0]?.key?.name).toBe(
      'socket',
    );
  });

  test('tells of an ending that is to be loaded and built', () => {
    expect(refusalOf(`${minimal}[builder]\nload.suffix = tar,zip\n`).message).toContain(
      '"zip" is in load.suffix and in',
    );
  });
});

test('a share inside the private data directory works, with a warning', () => {
  const { notices } = parse('[paths]\ndata.dir = /d\nnetwork.dir = /d/share\n');
  expect(notices).toEqual([
    { level: 'warning', message: expect.stringContaining('network.dir lies in data.dir') as string },
  ]);
});

describe('the page and the API', () => {
  const controller = (...lines: string[]) => `${minimal}[controller]\n${lines.join('\n')}\n`;

  test('answer on this machine only, unless somebody says otherwise', () => {
    expect(parse(minimal).config.controller).toMatchObject({ host: '127.0.0.1', port: 3677 });
    expect(parse(controller('port = none')).config.controller.port).toBeNull();
    expect(parse(controller('port = 0')).config.controller.port).toBeNull();
    expect(parse(controller('port = auto')).config.controller.port).toBe(0);
  });

  test('are not opened to a network without TLS or a proxy', () => {
    expect(refusalOf(controller('host = 0.0.0.0')).message).toMatch(
      /config\.ini:5: \[controller\] host: 0\.0\.0\.0 is wider than this machine.* set tls\.cert and tls\.key/,
    );
    expect(refusalOf(controller('host = gpu-box')).message).toContain('wider than this machine');
    expect(refusalOf(controller('host = ::')).message).toContain('wider than this machine');
    expect(refusalOf(controller('tls.cert = /c.pem')).message).toContain('belong together');
    for (const more of [['tls.cert = /c.pem', 'tls.key = /k.pem'], ['proxy = 10.0.0.5'], ['port = none']]) {
      expect(parse(controller('host = 0.0.0.0', ...more)).config.controller.host).toBe('0.0.0.0');
    }
  });

  test('take addresses, names and ports that are some', () => {
    for (const line of ['host = http://box', 'port = 70000', 'proxy = gateway', 'names = a b', 'port = atuo']) {
      expect(refusalOf(controller(line)).message).toContain('has to be');
    }
  });
});
