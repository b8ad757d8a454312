// Writes docs/api.md from the contract and the programs in docs/client. A unit test fails while the committed page is another.
import { writeFileSync } from 'node:fs';
import { formatApiPage } from '../packages/server/src/controller/api-page.ts';

writeFileSync(new URL('../docs/api.md', import.meta.url), formatApiPage());
