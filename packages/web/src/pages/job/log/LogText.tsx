import { memo } from 'react';
import { runsOf } from './ansi.ts';

/** A line as text with the terminal's colours, and what was searched for marked. */
export const LogText = memo(function LogText({ text, needle }: { text: string; needle: string }) {
  const wanted = needle.toLowerCase();
  return (
    <span className="log-text">
      {runsOf(text).map((run, index) => (
        <span key={index} className={run.look || undefined}>
          {wanted ? marked(run.text, wanted) : run.text}
        </span>
      ))}
    </span>
  );
});

function marked(text: string, wanted: string): React.ReactNode[] {
  const parts: React.ReactNode[] = [];
  const lower = text.toLowerCase();
  let from = 0;
  for (let at = lower.indexOf(wanted); at !== -1; at = lower.indexOf(wanted, from)) {
    parts.push(text.slice(from, at), <mark key={at}>{text.slice(at, at + wanted.length)}</mark>);
    from = at + wanted.length;
  }
  parts.push(text.slice(from));
  return parts;
}
