import { useMe } from '../api/me.ts';
import { setTheme, toggleTv, useTheme } from './theme.ts';

const THEMES = [
  ['auto', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
] as const;

export function ProfileMenu() {
  const { name } = useMe();
  const theme = useTheme();
  return (
    <>
      <button type="button" className="me" popoverTarget="profile-menu" aria-label={name ? `${name}: menu` : 'Menu'}>
        {name ? name.slice(0, 2) : '⋯'}
      </button>
      <div id="profile-menu" popover="auto" className="menu profile">
        <fieldset className="themes">
          <legend className="small m3">Theme</legend>
          {THEMES.map(([value, words]) => (
            <button key={value} type="button" aria-pressed={theme === value} onClick={() => setTheme(value)}>
              {words}
            </button>
          ))}
        </fieldset>
        <hr />
        <button type="button" popoverTarget="profile-menu" popoverTargetAction="hide" onClick={toggleTv}>
          Screen on the wall
          <span className="gap" />
          <kbd className="kbd">T</kbd>
        </button>
      </div>
    </>
  );
}
