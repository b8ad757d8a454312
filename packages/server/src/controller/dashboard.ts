// The dashboard's files, from this origin and no other. Built at the first visit if need be; the page says so meanwhile.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DIST, hashOfSources, isCurrent } from '@dopq/web/sources';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../log.ts';

const BUILDER = path.join(path.dirname(DIST), 'build.ts');

/** A visitor waits so long before a page says that the dashboard is being built. */
const PATIENCE_MS = 1500;

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Nothing but our own files: no inline script, no inline style sheet, no other origin, no frame around the page. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

interface Asset {
  body: Buffer;
  gzipped: Buffer | undefined;
  type: string;
  /** Its name has a hash of what is in it. */
  isForever: boolean;
}

type Build = { state: 'ready'; assets: Map<string, Asset> } | { state: 'failed'; why: string };

export interface Dashboard {
  /** Serves the page at every address that nothing else has. */
  add(app: FastifyInstance): void;
}

export function createDashboard(log: Logger): Dashboard {
  let building: Promise<Build> | undefined;
  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    building ??= makeBuild(log);
    const build = await Promise.race([building, sleep(PATIENCE_MS, undefined, { ref: false })]);
    reply.headers({
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
    });
    const pathname = request.url.split('?')[0] ?? '/';
    const isPage = request.headers.accept?.includes('text/html') || pathname === '/';
    if (build?.state === 'ready') {
      const asset = build.assets.get(pathname) ?? (isPage ? build.assets.get('/index.html') : undefined);
      return asset ? sendAsset(request, reply, asset) : notFound(reply);
    }
    if (!isPage) return notFound(reply);
    if (!build)
      return sendNote(
        reply,
        'The dashboard is being built',
        ['This takes some seconds; the page then opens by itself.'],
        2,
      );
    // The next visit tries again: what was missing may be there by then.
    building = undefined;
    return sendNote(reply, 'The dashboard could not be built', [
      build.why,
      'Mend that and load this page again, or build by hand: npm run web, in the folder DoPQ is installed in.',
      'Everything can be done without it: dopq --help.',
    ]);
  }
  return { add: (app) => void app.get('/*', { config: { rights: { needs: 'anyone', kind: 'read' } } }, answer) };
}

async function makeBuild(log: Logger): Promise<Build> {
  const why = isCurrent(hashOfSources()) ? undefined : await runBuilder();
  const assets = readAssets();
  if (assets.has('/index.html')) {
    // A folder that this server may not write has the build of whoever installed it.
    if (why !== undefined) log.warn({ why }, 'the dashboard was not built anew; serving the one that is there');
    return { state: 'ready', assets };
  }
  log.error({ why }, 'the dashboard could not be built');
  return { state: 'failed', why: why ?? `There is no index.html in ${DIST}.` };
}

/** Why it failed; undefined = the build is as new as its sources. */
function runBuilder(): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [BUILDER, '--quiet'], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4000);
    });
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) => resolve(code === 0 ? undefined : said.trim().split('\n').slice(-12).join('\n')));
  });
}

/** All of it, in memory: the few names that exist are the only ones a request can reach. */
function readAssets(): Map<string, Asset> {
  const assets = new Map<string, Asset>();
  try {
    for (const entry of readdirSync(DIST, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name);
      const type = TYPES[path.extname(file)];
      if (!entry.isFile() || !type) continue;
      const name = `/${path.relative(DIST, file).split(path.sep).join('/')}`;
      assets.set(name, {
        body: readFileSync(file),
        gzipped: readIfThere(`${file}.gz`),
        type,
        isForever: name.startsWith('/assets/'),
      });
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return assets;
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

function sendAsset(
  request: FastifyRequest,
  reply: FastifyReply,
  { body, gzipped, type, isForever }: Asset,
): FastifyReply {
  reply.type(type).header('cache-control', isForever ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (gzipped && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) {
    return reply.headers({ 'content-encoding': 'gzip', vary: 'accept-encoding' }).send(gzipped);
  }
  return reply.send(body);
}

/** As any route that is not there. */
function notFound(reply: FastifyReply): FastifyReply {
  reply.callNotFound();
  return reply;
}

/** A page without script or style, for the time before there is a dashboard. */
/** As the page itself looks, without any of its files: they are what is missing. */
const NOTE_STYLE = [
  'body{margin:0;padding:0 1rem;background:light-dark(#f5f6f7,#0c0e11);color:light-dark(#15181c,#eceef1);font:14px/1.5 Inter,system-ui,sans-serif}',
  'main{max-width:36rem;margin:5.5rem auto 0;padding:1.25rem;background:light-dark(#fff,#14171b);border:1px solid light-dark(#e2e5e8,#252a30);border-radius:6px}',
  'h1{margin:0;font-size:22px;font-weight:600;letter-spacing:-.02em}',
  'pre{margin:.75rem 0 0;font:inherit;color:light-dark(#474f58,#b3bac2);white-space:pre-wrap;overflow-wrap:anywhere}',
].join('');
const NOTE_POLICY = `default-src 'none'; base-uri 'none'; frame-ancestors 'none'; style-src 'sha256-${createHash('sha256').update(NOTE_STYLE).digest('base64')}'`;

function sendNote(reply: FastifyReply, title: string, lines: string[], againAfterS?: number): FastifyReply {
  const text = (words: string): string => words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const again = againAfterS === undefined ? '' : `<meta http-equiv="refresh" content="${againAfterS}">`;
  return reply
    .code(503)
    .headers({
      'content-security-policy': NOTE_POLICY,
      'cache-control': 'no-store',
      'retry-after': String(againAfterS ?? 30),
    })
    .type('text/html; charset=utf-8')
    .send(
      `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>${text(title)} · DoPQ</title>${again}<style>${NOTE_STYLE}</style><main><h1>${text(title)}</h1>${lines.map((line) => `<pre>${text(line)}</pre>`).join('')}</main>`,
    );
}
