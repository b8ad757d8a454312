import { defineConfig } from 'vitest/config';

// Where engine calls are made to fail (testbed/src/patience.ts), everything takes longer.
const patience = process.env['DOPQ_TROUBLE'] ? 5 : 1;

// Four runners: `unit` is pure and quick, `engine` needs a private Docker Engine, `e2e` boots the whole product, `web`
// looks at it in a real browser.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts'],
          exclude: ['**/*.engine.test.ts', '**/node_modules/**'],
          setupFiles: ['packages/testbed/src/seed.ts'],
          // A property is tried a thousand times, and the machine may be busy.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'engine',
          include: ['packages/*/src/**/*.engine.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          testTimeout: patience * 120_000,
          hookTimeout: patience * 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'web',
          include: ['packages/web/test/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 240_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
