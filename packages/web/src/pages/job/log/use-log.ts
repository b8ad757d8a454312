import { RAW_ROUTES } from '@dopq/contract/routes';
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { LogSource, type LogState, type ReadPart } from './log-source.ts';

const POLL_MS = 1000;
/** Byte links of a log: `#at=18203`. */
const LINK = /^#at=(\d+)$/;

export type LogKind = 'run' | 'build';

/** Address of a log; with times where it has them. */
export const logUrl = (id: number, kind: LogKind): string =>
  `${RAW_ROUTES.log(id)}?kind=${kind}${kind === 'run' ? '&timestamps=1' : ''}`;

function readerOf(url: string): ReadPart {
  return async (from, to) => {
    // Of nothing there is no range: such a request would be answered with all of it.
    if (to <= from) return { bytes: new Uint8Array(), size: to };
    const answer = await fetch(url, { headers: { range: `bytes=${from}-${to - 1}` } });
    const size = Number(answer.headers.get('content-range')?.split('/')[1] ?? 0);
    if (answer.status === 204 || answer.status === 416) return { bytes: new Uint8Array(), size };
    if (!answer.ok) throw new Error(await words(answer));
    return { bytes: new Uint8Array(await answer.arrayBuffer()), size };
  };
}

async function words(answer: Response): Promise<string> {
  try {
    const { message } = (await answer.json()) as { message: string };
    return message;
  } catch {
    return `The server answered ${answer.status}.`;
  }
}

/**
 * The log of a job, growing as long as the job does.
 * @param isOver nothing more will be written
 */
export function useLog(
  id: number,
  kind: LogKind,
  isOver: boolean,
): { source: LogSource; state: LogState; error: string | undefined; linked: number | undefined } {
  const [error, setError] = useState<string>();
  const linked = Number(LINK.exec(location.hash)?.[1] ?? Number.NaN);
  const source = useMemo(() => new LogSource(readerOf(logUrl(id, kind)), kind === 'run'), [id, kind]);
  const state = useSyncExternalStore(source.subscribe, source.state);
  useEffect(() => {
    const controller = new AbortController();
    let isOpen = false;
    const open = (): Promise<void> => (Number.isNaN(linked) ? source.openEnd() : source.openAt(linked));
    const poll = async (): Promise<void> => {
      try {
        if (!isOpen) await open();
        isOpen = true;
        if (source.state().isAtEnd || source.state().lines.length === 0) await source.later(isOver);
        if (!controller.signal.aborted) setError(undefined);
      } catch (reason) {
        if (!controller.signal.aborted) setError(reason instanceof Error ? reason.message : String(reason));
      }
    };
    void poll();
    if (isOver) return () => controller.abort();
    const timer = setInterval(() => void poll(), POLL_MS);
    return () => {
      controller.abort();
      clearInterval(timer);
    };
  }, [source, isOver, linked]);
  return { source, state, error, linked: Number.isNaN(linked) ? undefined : linked };
}
