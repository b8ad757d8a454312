import { Link } from '@tanstack/react-router';
import { useStaleness } from '../api/live.ts';
import { useStatus } from '../api/queries.ts';
import { Icon } from '../parts/Icon.tsx';
import { useNow } from '../parts/use-now.ts';
import { clock, duration } from '../words/time.ts';
import { openFinder } from './Keys.tsx';
import { PAGES } from './pages.ts';
import { ProfileMenu } from './ProfileMenu.tsx';

/** Before the door there is a name and nothing else. */
export function TopBar({ isIn }: { isIn: boolean }) {
  if (isIn) return <FullBar />;
  return (
    <header className="top">
      <Link className="brand" to="/">
        DoPQ
      </Link>
    </header>
  );
}

function FullBar() {
  const { data: status } = useStatus();
  return (
    <header className="top">
      <Link className="brand" to="/">
        DoPQ {status?.server.simulated && <small>simulated</small>}
      </Link>
      <nav aria-label="Main">
        {PAGES.map(([to, name]) => (
          <Link key={to} to={to} activeOptions={{ exact: to === '/' }} activeProps={{ 'aria-current': 'page' }}>
            {name}
          </Link>
        ))}
      </nav>
      <span className="gap" />
      <Live />
      <Clock />
      <button type="button" className="find" onClick={openFinder}>
        <Icon name="find" />
        <span>Search or command</span>
        <kbd className="kbd">Ctrl K</kbd>
      </button>
      <Link className="btn main" to="/submit">
        Submit job
      </Link>
      <ProfileMenu />
    </header>
  );
}

/** Whether the page is true now; after five seconds without an answer it says how old it is. */
function Live() {
  const stale = useStaleness();
  return (
    <span className={`st live tone-${stale ? 'look' : 'ok'}`} role="status">
      <Icon name="live" {...(stale ? {} : { className: 'beat' })} />
      <span>{stale ? `stale ${duration(stale)}` : 'live'}</span>
    </span>
  );
}

/** For the screen on the wall. */
function Clock() {
  const now = useNow();
  return <span className="clock">{clock(now, now)}</span>;
}
