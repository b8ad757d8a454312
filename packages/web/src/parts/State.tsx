import type { IconName, Shown, Tone } from '../words/states.ts';
import { Icon } from './Icon.tsx';

/** A symbol in its tone and a word in ink; a tinted chip only where a person should look or something is free. */
export function State({ icon, tone, word, chip, title }: Shown & { chip?: boolean; title?: string }) {
  return (
    <span className={`st tone-${tone}${chip ? ' chip' : ''}`} title={title}>
      <Icon name={icon} />
      <span>{word}</span>
    </span>
  );
}

/** One clause after its symbol, cut with an ellipsis, whole in the tooltip. */
export function Reason({ icon, tone, text }: { icon: IconName; tone: Tone; text: string }) {
  return (
    <span className={`st cut tone-${tone}`} title={text}>
      <Icon name={icon} />
      <span className="cut">{text}</span>
    </span>
  );
}

export function You() {
  return <span className="you">you</span>;
}
