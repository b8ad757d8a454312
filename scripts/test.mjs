// `npm test`: does its own set-up on a fresh Debian, then everything that can be checked.
import { buildDashboard, installBrowser, installDependencies, installEngine, setUp } from './setup.mjs';
import { runChecks, summarise, tests } from './steps.mjs';

setUp(installDependencies, installEngine, installBrowser, buildDashboard);
summarise([...(await runChecks()), await tests('engine'), await tests('e2e'), await tests('web')]);
