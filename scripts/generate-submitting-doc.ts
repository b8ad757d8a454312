// Writes docs/submitting.md from the tables of fields and run_params. A unit test fails while the committed page is another.
import { writeFileSync } from 'node:fs';
import { formatSubmittingPage } from '../packages/contract/src/submission-page.ts';

writeFileSync(new URL('../docs/submitting.md', import.meta.url), formatSubmittingPage());
