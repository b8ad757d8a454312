// What would otherwise differ from run to run and from shell to shell. A set-up file of vitest.config.ts.
import { configureGlobal } from 'fast-check';

// Properties try the same inputs each time, so that a change is judged by what it changes; scripts/nightly.mjs tries others.
configureGlobal({ seed: Number(process.env['DOPQ_SEED'] ?? 1) | 0 });
// Files of tests are readable for the users that tests play.
process.umask(0o022);
