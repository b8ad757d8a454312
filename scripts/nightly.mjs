// `node scripts/nightly.mjs`: the same tests as CI, with every crash point, more random kills and other seeds. Takes hours.
import { installDependencies, installEngine, setUp } from './setup.mjs';
import { summarise, tests, toolEnv } from './steps.mjs';

const often = {
  DOPQ_CRASH_ROUNDS: '20',
  DOPQ_RANDOM_KILLS: '300',
  DOPQ_PROBE_MS: '10000',
  DOPQ_PROXY_JOBS: '60',
  DOPQ_MUTANTS: '3000000',
  DOPQ_FLOOD: '9999',
  DOPQ_SEED: String(Date.now()),
};
for (const [name, value] of Object.entries(often)) toolEnv[name] ??= value;
console.log(`A failure is repeated with DOPQ_SEED=${toolEnv.DOPQ_SEED}`);
setUp(installDependencies, installEngine);
summarise([await tests('unit'), await tests('engine'), await tests('e2e')]);
