import { useState } from 'react';
import { Icon } from './Icon.tsx';

/** Copies a text; says so for a moment. @param name what it does, where the text itself would be too long to say */
export function CopyButton({ text, name = `Copy: ${text}` }: { text: string; name?: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await writeClipboard(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <button type="button" className="btn icon" aria-label={copied ? 'Copied' : name} onClick={() => void copy()}>
      <Icon name={copied ? 'check' : 'copy'} />
    </button>
  );
}

/** The same in the shell: what it does, the command, a way to take it along. */
export function Shell({ verb, command }: { verb?: string; command: string }) {
  return (
    <div className="shell">
      {verb && <span>{verb}</span>}
      <code>{command}</code>
      <CopyButton text={command} />
    </div>
  );
}

/** Commands that do what a page does. */
export function InTheShell({ lines }: { lines: readonly (readonly [verb: string, command: string])[] }) {
  return (
    <section className="panel card">
      <h2>The same in the shell</h2>
      <ul className="cli">
        {lines.map(([verb, command]) => (
          <li key={verb}>
            <Shell verb={verb} command={command} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Pages served without TLS have no clipboard interface; the old way works there. */
async function writeClipboard(text: string): Promise<void> {
  if (navigator.clipboard) return await navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
