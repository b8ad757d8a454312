// `npm run bench`: does its own set-up, then measures.
import { buildDashboard, installBrowser, installDependencies, installEngine, setUp } from './setup.mjs';
import { run } from './steps.mjs';

setUp(installDependencies, installEngine, installBrowser, buildDashboard);
process.exitCode = await run('node', ['bench/main.ts', ...process.argv.slice(2)]);
