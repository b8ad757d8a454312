import { flushCompileCache } from 'node:module';
import { parentPort } from 'node:worker_threads';
import { forecast } from '@dopq/scheduler';
import type { Outlook } from './forecaster.ts';

parentPort?.on('message', ({ snapshot, policy, now }: Outlook) => {
  // A thread's port knows no origins.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(forecast(snapshot, policy, now));
  flushCompileCache();
});
