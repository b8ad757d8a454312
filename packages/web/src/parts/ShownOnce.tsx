import { CopyButton } from './Copy.tsx';
import { Dialog } from './Dialog.tsx';

interface Props {
  title: string;
  note: React.ReactNode;
  secret: string;
  onClose: () => void;
}

/** A secret on its only way to whoever asked for it. */
export function ShownOnce({ title, note, secret, onClose }: Props) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p className="m2">{note}</p>
      <div className="secret">
        <code>{secret}</code>
        <CopyButton text={secret} />
      </div>
    </Dialog>
  );
}
