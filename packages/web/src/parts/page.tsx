// What every page has: a title, and words for the times when there is nothing to show.
import { useEffect } from 'react';
import { refusalOf } from '../api/client.ts';
import { Shell } from './Copy.tsx';
import { Icon } from './Icon.tsx';

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · DoPQ`;
  }, [title]);
}

export function PageHead({
  title,
  note,
  children,
}: {
  title: string;
  note?: React.ReactNode;
  children?: React.ReactNode;
}) {
  useTitle(title);
  return (
    <div className="head">
      <h1>{title}</h1>
      {note && <span className="n">{note}</span>}
      <span className="gap" />
      {children}
    </div>
  );
}

/** What is missing, why, and what to do next, with the command. */
export function Empty({ what, next, command }: { what: string; next?: string; command?: string }) {
  return (
    <div className="empty">
      <p>
        <b>{what}</b> {next}
      </p>
      {command && <Shell command={command} />}
    </div>
  );
}

/** A refusal in the place where the content would be. */
export function Failure({ error }: { error: unknown }) {
  const { message, fix } = refusalOf(error);
  return (
    <div className="notice tone-fail" role="alert">
      <Icon name="fail" />
      <div>
        <p>{message}</p>
        {fix && <p>{fix}</p>}
      </div>
    </div>
  );
}

/** First load only: once there is data, a page keeps it and says how old it is. */
export function Loading() {
  return <p className="load">Loading…</p>;
}
