import { readFileSync } from 'node:fs';
import { contract, ERRORS, RAW_ROUTES } from '@dopq/contract';
import { expect, test } from 'vitest';
import { formatApiPage } from './api-page.ts';
import { listProcedures } from './openapi.ts';
import { runController } from './running-controller.fixture.ts';

interface Document {
  openapi: string;
  info: { description: string };
  paths: Record<
    string,
    Record<string, { description: string; requestBody?: object; responses: Record<string, object> }>
  >;
}

test('the description is OpenAPI 3.1, with every procedure, every raw route and every error', async () => {
  await using running = await runController();
  const answer = await running.send('/openapi.json');
  const document = JSON.parse(await answer.text()) as Document;
  expect(document.openapi).toMatch(/^3\.1\./);
  const names = listProcedures().map(({ name }) => `/${name.replaceAll('.', '/')}`);
  expect(names).toContain('/jobs/page');
  expect(names).toHaveLength(countProcedures(contract));
  expect(names.filter((name) => !document.paths[name]?.['post'])).toEqual([]);
  const routes = Object.values(RAW_ROUTES).map((route) => (typeof route === 'string' ? route : route(':id')));
  expect(routes.filter((route) => !document.paths[route.replace(':id', '{id}')])).toEqual([]);
  for (const code of Object.keys(ERRORS)) expect(document.info.description).toContain(code);
  expect(document.paths['/queue/clearHistory']?.['post']?.description).toContain('administrators');
  expect(document.paths['/jobs/get']?.['post']?.responses).toHaveProperty('404');
});

function countProcedures(node: unknown): number {
  if (typeof node !== 'object' || node === null) return 0;
  if ('~orpc' in node) return 1;
  return Object.values(node).reduce((sum: number, part) => sum + countProcedures(part), 0);
}

test('the same procedures answer JSON over POST below /api, with the same refusals', async () => {
  await using running = await runController();
  const { id } = running.addJob({ name: 'resnet' });
  const post = async (route: string, body: object) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await running.send(route, { method: 'POST', headers, body: JSON.stringify(body) });
    return [answer.status, JSON.parse(await answer.text())];
  };
  expect(await post('/api/jobs/page', { scope: 'all' })).toEqual([
    200,
    expect.objectContaining({ total: 1, jobs: [expect.objectContaining({ id, name: 'resnet' })] }),
  ]);
  expect(await post('/api/jobs/get', { id: 99 })).toEqual([
    404,
    expect.objectContaining({ code: 'JOB_NOT_FOUND', data: { fix: expect.any(String) } }),
  ]);
  expect(await post('/api/jobs/get', { id: 'x' })).toEqual([400, expect.objectContaining({ code: 'BAD_REQUEST' })]);
});

test('the page to read it on comes from this server alone', async () => {
  await using running = await runController();
  const page = await running.send('/api-docs/');
  const text = await page.text();
  expect(page.body.headers['content-security-policy']).toContain("script-src 'self'");
  const linked = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, target]) => target);
  expect(linked).toEqual(['swagger-ui.css', 'swagger-ui-bundle.js', 'start.js']);
  for (const target of linked) expect((await running.send(`/api-docs/${target}`)).status).toBe(200);
});

test('docs/api.md is what the contract gives (else run scripts/generate-api-doc.ts)', () => {
  const page = readFileSync(new URL('../../../../docs/api.md', import.meta.url), 'utf8');
  expect(page).toBe(formatApiPage());
});
