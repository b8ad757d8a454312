/** Aborted by Ctrl-C or TERM; commands that wait or follow end on it. Without a listener the signal ends the process. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return controller.signal;
}
