// `npm test`: does its own set-up on a fresh Debian, then everything that can be checked.
import { buildDashboard, installBrowser, installDependencies, installEngine, setUp } from './setup.mjs';
import { runChecks, summarise, tests } from './steps.mjs';

setUp(installDependencies, installEngine, installBrowser, buildDashboard);
const checked = await runChecks();
// Both wait for containers most of the time, and a browser for a server.
const [product, parts] = await Promise.all([tests('e2e'), oneAfterAnother('engine', 'web')]);
summarise([...checked, product, ...parts]);

async function oneAfterAnother(...projects) {
  const results = [];
  for (const project of projects) results.push(await tests(project, { atEnd: true }));
  return results;
}
