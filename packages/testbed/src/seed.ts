// Random inputs that can be had again: properties try the same ones each time, so that a change is judged by what it changes;
// scripts/nightly.mjs tries others each night. A set-up file of vitest.config.ts.
import { configureGlobal } from 'fast-check';

configureGlobal({ seed: Number(process.env['DOPQ_SEED'] ?? 1) | 0 });
