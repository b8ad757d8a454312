// `node scripts/nightly.mjs`: the same tests as CI, with every crash point, more random kills and other seeds. Takes hours.
import { installDependencies, installEngine, setUp } from './setup.mjs';
import { summarise, tests, toolEnv } from './steps.mjs';

const often = {
  DOPQ_CRASH_ROUNDS: '20',
  DOPQ_RANDOM_KILLS: '300',
  DOPQ_PROBE_MS: '10000',
  DOPQ_TROUBLED_JOBS: '60',
  DOPQ_FLOOD_MIB: '1024',
  DOPQ_LONG_LINE_MIB: '50',
  DOPQ_MUTANTS: '3000000',
  DOPQ_FLOOD: '9999',
  DOPQ_UPLOAD_MIB: '1024',
};
const given = { ...toolEnv };
toolEnv.DOPQ_SEED ??= String(Date.now());
for (const [name, value] of Object.entries(often)) toolEnv[name] ??= value;
console.log(`A failure is repeated with DOPQ_SEED=${toolEnv.DOPQ_SEED}`);
setUp(installDependencies, installEngine);
const results = [await tests('unit'), await tests('engine'), await tests('e2e')];

// The usual amounts again, with so many percent of all engine calls going wrong.
for (const name of Object.keys(often)) toolEnv[name] = given[name];
for (const percent of ['5', '10']) {
  toolEnv.DOPQ_TROUBLE = percent;
  results.push({ ...(await tests('e2e')), title: `e2e tests with trouble at ${percent} % of all engine calls` });
}
summarise(results);
