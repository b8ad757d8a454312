// `npm run check`: format, lint with type-aware rules, types, dead code, unit tests.
import { installDependencies, setUp } from './setup.mjs';
import { runChecks, summarise } from './steps.mjs';

setUp(installDependencies);
summarise(await runChecks());
