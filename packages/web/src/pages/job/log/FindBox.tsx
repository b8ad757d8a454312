import { useEffect, useRef, useState } from 'react';
import { Icon } from '../../../parts/Icon.tsx';
import { count } from '../../../words/amounts.ts';
import { findInLog, type Found } from './find-in-log.ts';

const REST_MS = 250;

interface Props {
  url: string;
  hasTimes: boolean;
  needle: string;
  onNeedle: (needle: string) => void;
  onGo: (byte: number) => void;
}

/** Finds in the whole log, however long; Enter goes to the next place, Shift and Enter to the one before. */
export function FindBox({ url, hasTimes, needle, onNeedle, onGo }: Props) {
  const [text, setText] = useState(needle);
  const [found, setFound] = useState<Found>();
  const [at, setAt] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const controller = new AbortController();
    setFound(undefined);
    setAt(-1);
    if (text === '') {
      onNeedle('');
      return undefined;
    }
    const timer = setTimeout(() => {
      onNeedle(text);
      void search(url, text, hasTimes, controller.signal, setFound);
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
    // A search is for these words in this log; the callbacks are new at each drawing.
  }, [text, url, hasTimes]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const isTyping = event.target instanceof HTMLElement && event.target.matches('input, textarea');
      if (event.key !== '/' || isTyping || document.querySelector('dialog[open]')) return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  const step = (by: number): void => {
    const places = found?.places ?? [];
    if (places.length === 0) return;
    const next = (at + by + places.length) % places.length;
    setAt(next);
    onGo(places[next] ?? 0);
  };
  return (
    <div className="findin">
      <Icon name="find" />
      <input
        ref={input}
        aria-label="Find in the log"
        placeholder="Find"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
          if (event.key === 'Escape') setText('');
        }}
      />
      <span role="status">{found && words(found, at)}</span>
    </div>
  );
}

function words({ count: total, isOver }: Found, at: number): string {
  if (total === 0) return isOver ? 'nothing' : '…';
  return `${at === -1 ? '' : `${count(at + 1)} of `}${count(total)}${isOver ? '' : '…'}`;
}

async function search(
  url: string,
  text: string,
  hasTimes: boolean,
  signal: AbortSignal,
  tell: (found: Found) => void,
): Promise<void> {
  try {
    const { body, ok } = await fetch(url, { signal });
    if (!ok || !body) return;
    let told = 0;
    await findInLog(body, text, hasTimes, (found) => {
      if (!found.isOver && Date.now() - told < 200) return;
      told = Date.now();
      if (!signal.aborted) tell({ ...found });
    });
  } catch {
    // Broken off by the next letter, or the server is gone; the log itself says that.
  }
}
