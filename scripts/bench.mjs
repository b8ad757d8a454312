// `npm run bench`: does its own set-up, then measures.
import { installDependencies, installEngine, setUp } from './setup.mjs';
import { run } from './steps.mjs';

setUp(installDependencies, installEngine);
process.exitCode = await run('node', ['bench/main.ts', ...process.argv.slice(2)]);
