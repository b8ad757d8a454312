// `npm run check`: format, lint with type-aware rules, types, dead code, unit tests.
import { installDependencies } from './setup.mjs';
import { runChecks, summarise } from './steps.mjs';

installDependencies();
summarise(await runChecks());
