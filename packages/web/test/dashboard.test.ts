// The dashboard as people use it: a real browser, a real server, a lab that works. The cases are in cases/, by page; they share one
// stage, and what would spoil it comes last.
import { afterAll, beforeAll } from 'vitest';
import { clearStage, setStage } from './stage.ts';

beforeAll(setStage);
afterAll(clearStage);

await import('./cases/overview.ts');
await import('./cases/queue.ts');
await import('./cases/job.ts');
await import('./cases/submit.ts');
await import('./cases/lists.ts');
await import('./cases/admin.ts');
await import('./cases/account.ts');
await import('./cases/roles.ts');
await import('./cases/every-page.ts');
await import('./cases/extremes.ts');
await import('./cases/shutdown.ts');
