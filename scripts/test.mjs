// `npm test`: does its own set-up on a fresh Debian, then everything that can be checked.
import { buildDashboard, installBrowser, installDependencies, installEngine, setUp } from './setup.mjs';
import { runChecks, summarise, tests } from './steps.mjs';

setUp(installDependencies, installEngine, installBrowser, buildDashboard);
const checked = await runChecks();
// Both wait for containers most of the time.
const booted = await Promise.all([tests('e2e'), tests('engine', { atEnd: true })]);
summarise([...checked, ...booted, await tests('web')]);
