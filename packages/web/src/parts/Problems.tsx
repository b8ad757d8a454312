import type { Problem } from '@dopq/contract';
import { Icon } from './Icon.tsx';

/** What is wrong with the files of a submission: where, what would be right, what to write instead. */
export function Problems({ problems, children }: { problems: readonly Problem[]; children?: React.ReactNode }) {
  return (
    <ul className="problems">
      {problems.map(({ file, field, message, rule, fix, line }, index) => (
        <li key={index} className="problem">
          <Icon name="fail" />
          <div>
            <p>
              <b>{[file, line === undefined ? '' : `line ${line}`, field].filter(Boolean).join(', ')}</b> {message}
            </p>
            {rule && <p className="m2 small">Right would be: {rule}</p>}
            {fix && <pre>{fix}</pre>}
          </div>
        </li>
      ))}
      {children}
    </ul>
  );
}
