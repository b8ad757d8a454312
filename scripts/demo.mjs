// `npm run demo`: does its own set-up on a fresh machine, then shows DoPQ at work.
import { installDependencies, installEngine, setUp } from './setup.mjs';
import { run } from './steps.mjs';

setUp(installDependencies);
const simulate = process.argv.includes('--simulate');
if (!simulate) {
  try {
    installEngine();
  } catch (error) {
    console.error(`${error.message}\nWithout an engine: npm run demo -- --simulate`);
    process.exit(1);
  }
}
process.exitCode = await run('node', ['scripts/demo/main.ts', ...(simulate ? ['--simulate'] : [])]);
