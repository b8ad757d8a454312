// Writes docs/configuration.md from the table of keys. A unit test fails while the committed page is another.
import { writeFileSync } from 'node:fs';
import { formatReference } from '../packages/server/src/config/reference.ts';

writeFileSync(new URL('../docs/configuration.md', import.meta.url), formatReference());
