import { Link } from '@tanstack/react-router';
import { useAction } from '../api/act.ts';
import { api } from '../api/client.ts';
import { isOperator, useMe } from '../api/me.ts';
import { setTheme, toggleTv, useTheme } from './theme.ts';

const THEMES = [
  ['auto', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
] as const;

export function ProfileMenu() {
  const me = useMe();
  const { name } = me;
  const [run] = useAction();
  const hide = { popoverTarget: 'profile-menu', popoverTargetAction: 'hide' } as const;
  const close = (): void => document.getElementById('profile-menu')?.hidePopover();
  const theme = useTheme();
  return (
    <>
      <button
        type="button"
        className="me"
        popoverTarget="profile-menu"
        aria-label={name ? `${name.slice(0, 2)}, menu of ${name}` : '⋯ menu'}
      >
        {name ? name.slice(0, 2) : '⋯'}
      </button>
      <div id="profile-menu" popover="auto" className="menu profile">
        {name && (
          <Link to="/profile" onClick={close}>
            {name}
            <span className="gap" />
            <span className="m3 small">{me.role}</span>
          </Link>
        )}
        {isOperator(me) && (
          <Link to="/admin" onClick={close}>
            Administration
          </Link>
        )}
        {(name !== null || isOperator(me)) && <hr />}
        <fieldset className="themes">
          <legend className="small m3">Theme</legend>
          {THEMES.map(([value, words]) => (
            <button key={value} type="button" aria-pressed={theme === value} onClick={() => setTheme(value)}>
              {words}
            </button>
          ))}
        </fieldset>
        <hr />
        <button type="button" {...hide} onClick={toggleTv}>
          Screen on the wall
          <span className="gap" />
          <kbd className="kbd">T</kbd>
        </button>
        {name && (
          <>
            <hr />
            <button type="button" {...hide} onClick={() => void run(() => api.session.signOut())}>
              Sign out
            </button>
          </>
        )}
      </div>
    </>
  );
}
