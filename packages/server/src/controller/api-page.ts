// docs/api.md: the the raw routes, the errors, and programs that use the procedures. Those themselves are at /api-docs/.
import { readFileSync } from 'node:fs';
import { ERRORS, RAW_RIGHTS, RAW_ROUTES, type Rights } from '@dopq/contract';
import { FOR } from './openapi.ts';

const EXAMPLES = ['wait-for-my-jobs.ts', 'idle-gpus.ts'] as const;

export function formatApiPage(): string {
  return (
    [
      '# The API',
      '<!-- Made by scripts/generate-api-doc.ts from the contract; a unit test compares. -->',
      'Command line, dashboard and scripts use the same procedures. In TypeScript `createClient` of `@dopq/contract` gives them typed; over HTTP each is a POST of JSON to `/api/<part>/<name>`, described in ' +
        "OpenAPI 3.1 at `/openapi.json` and readable at `/api-docs/` of every server, without internet. Send an API token as `Authorization: Bearer dopq_...`; on the server's own host a unix socket needs none.",
      '## Programs',
      ...EXAMPLES.map(example),
      'The same without TypeScript:',
      '```sh\ncurl -s -H "Authorization: Bearer $DOPQ_TOKEN" -H \'content-type: application/json\' \\\n  -d \'{"scope": "finished", "outcomes": ["failed"], "limit": 5}\' "$DOPQ_HOST/api/jobs/page"\n```',
      '## Raw routes',
      table(
        ['route', 'for'],
        Object.entries(RAW_ROUTES).map(([key, route]) => {
          const rights: Rights = RAW_RIGHTS[key as keyof typeof RAW_RIGHTS];
          return [`\`${typeof route === 'string' ? route : route(':id')}\``, FOR[rights.needs]];
        }),
      ),
      '## Errors',
      'Every error has one of these codes, a message that says the cause, and a fix. Codes are never given another meaning.',
      table(
        ['code', 'status', 'what to do'],
        Object.entries(ERRORS).map(([code, { status, fix }]) => [
          `\`${code}\``,
          String(status),
          fix.replaceAll('|', '\\|'),
        ]),
      ),
      '',
    ]
      .join('\n\n')
      .trimEnd() + '\n'
  );
}

function example(name: string): string {
  const text = readFileSync(new URL(`../../../../docs/client/${name}`, import.meta.url), 'utf8');
  return `\`\`\`ts\n${text.trim()}\n\`\`\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
