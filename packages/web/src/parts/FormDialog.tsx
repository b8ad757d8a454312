import { useAction } from '../api/act.ts';
import { Dialog } from './Dialog.tsx';
import { Field } from './Field.tsx';

interface Props {
  title: string;
  /** What its button says, and what it does. What is answered in words is said; a refusal leaves the dialog open. */
  act: React.ReactNode;
  onDo: () => Promise<unknown>;
  /** What the button says that leaves everything as it is. */
  keep?: string;
  /** Something is lost by it: a hasty Enter keeps it. */
  isDanger?: boolean;
  isReady?: boolean;
  onClose: () => void;
  /** It is done; default: close. */
  onDone?: () => void;
  children: React.ReactNode;
}

/** A dialog that asks for what an action needs, and does it. */
export function FormDialog(props: Props) {
  const { title, act, onDo, keep = 'Leave it', isDanger = false, isReady = true, onClose, children } = props;
  const { onDone = onClose } = props;
  const [run, isBusy] = useAction();
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    void run(onDo).then((isDone) => isDone && onDone());
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="dialog-form" onSubmit={submit}>
        {children}
        <div className="acts">
          <button type="button" className="btn" onClick={onClose} data-first={isDanger || undefined}>
            {keep}
          </button>
          <button type="submit" className={isDanger ? 'btn danger sure' : 'btn main'} disabled={isBusy || !isReady}>
            {act}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export function ReasonField({ value, onChange }: { value: string; onChange: (reason: string) => void }) {
  return <Field label="Reason, shown to everyone" value={value} maxLength={500} onText={onChange} />;
}
