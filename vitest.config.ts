import { defineConfig } from 'vitest/config';

// Where engine calls are made to fail (testbed/src/patience.ts), everything takes longer.
const patience = process.env['DOPQ_TROUBLE'] ? 5 : 1;

// A machine that is busy for a moment is no reason to refuse a change: a second try is shown as `(retry x1)`.
const retry = 1;

// Four runners: `unit` is pure and quick, `engine` needs a private Docker Engine, `e2e` boots the whole product, `web`
// looks at it in a real browser. Time-outs only end what hangs: nothing is judged by its speed here.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles: ['packages/testbed/src/same-ground.ts'],
          include: ['packages/*/src/**/*.test.ts'],
          exclude: ['**/*.engine.test.ts', '**/node_modules/**'],
          // A property is tried a thousand times, and the machine may be busy.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'engine',
          retry,
          setupFiles: ['packages/testbed/src/same-ground.ts'],
          include: ['packages/*/src/**/*.engine.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          retry,
          setupFiles: ['packages/testbed/src/same-ground.ts'],
          include: ['e2e/**/*.test.ts'],
          testTimeout: patience * 120_000,
          hookTimeout: patience * 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'web',
          retry,
          setupFiles: ['packages/testbed/src/same-ground.ts'],
          include: ['packages/web/test/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
