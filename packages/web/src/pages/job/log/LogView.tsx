// A log to read: only the lines in sight are in the page; it follows its end until the reader scrolls up.
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { Icon } from '../../../parts/Icon.tsx';
import { Empty } from '../../../parts/page.tsx';
import { useKeys } from '../../../parts/use-keys.ts';
import { useNow } from '../../../parts/use-now.ts';
import { fileSize } from '../../../words/amounts.ts';
import { clock } from '../../../words/time.ts';
import { buildLook } from './build-look.ts';
import { FindBox } from './FindBox.tsx';
import { LogText } from './LogText.tsx';
import { type LogKind, logUrl, useLog } from './use-log.ts';

const LINE_REM = 1.125;
const NEAR_EDGE_PX = 400;
/** The time of a line says its day too, once that is another one than today. */
const DAY_STEP_MS = 60_000;

interface Props {
  id: number;
  kind: LogKind;
  isOver: boolean;
  /** What to say where there is no log. */
  none: string;
}

export function LogView({ id, kind, isOver, none }: Props) {
  const { source, state, error, linked } = useLog(id, kind, isOver);
  const { lines, firstNumber } = state;
  const [follow, setFollow] = useState(linked === undefined);
  const [showTimes, setShowTimes] = useState(kind === 'run');
  const [wrap, setWrap] = useState(false);
  const [here, setHere] = useState(linked);
  const [needle, setNeedle] = useState('');
  const now = useNow(DAY_STEP_MS);
  const scroller = useRef<HTMLDivElement>(null);
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  // Another function at each drawing would have all lines measured anew each time.
  const keyOf = useCallback((index: number) => lines[index]?.at ?? index, [lines]);
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_REM * rem,
    overscan: 20,
    getItemKey: keyOf,
  });
  const loading = useRef(false);

  useLayoutEffect(() => {
    if (follow && lines.length > 0) rows.scrollToIndex(lines.length - 1, { align: 'end' });
  }, [follow, lines.length, rows]);

  const goTo = async (byte: number): Promise<void> => {
    setFollow(false);
    setHere(byte);
    const has = (): number => source.state().lines.findIndex(({ at }) => at === byte);
    if (has() === -1) await source.openAt(byte);
    const index = has();
    if (index !== -1) requestAnimationFrame(() => rows.scrollToIndex(index, { align: 'center' }));
  };
  const openedLink = useRef(false);
  useEffect(() => {
    if (linked === undefined || openedLink.current || lines.length === 0) return;
    openedLink.current = true;
    void goTo(linked);
  });

  const onScroll = async (): Promise<void> => {
    const element = scroller.current;
    if (!element || loading.current) return;
    const fromEnd = element.scrollHeight - element.scrollTop - element.clientHeight;
    if (follow && fromEnd > 4 * LINE_REM * rem) setFollow(false);
    if (element.scrollTop < NEAR_EDGE_PX && !state.isAtStart) await shift(() => source.earlier(), 1);
    else if (fromEnd < NEAR_EDGE_PX && !state.isAtEnd) await shift(() => source.later(isOver), -1);
  };
  /** Lines that come or go above the reader must not move what they read. */
  const shift = async (load: () => Promise<number>, sign: 1 | -1): Promise<void> => {
    loading.current = true;
    const lines = await load();
    requestAnimationFrame(() => {
      if (scroller.current) scroller.current.scrollTop += sign * lines * LINE_REM * rem;
      loading.current = false;
    });
  };
  const link = (byte: number): void => {
    setHere(byte);
    setFollow(false);
    history.replaceState(history.state, '', `#at=${byte}`);
  };
  useKeys({
    f: () => setFollow(!follow),
    G: () => void source.openEnd().then(() => setFollow(true)),
    g: () => {
      setFollow(false);
      void source.openStart().then(() => rows.scrollToIndex(0));
    },
  });

  if (lines.length === 0 && error !== undefined) return <Empty what={error} />;
  return (
    <div className="log-view">
      <div className="log-tools">
        <FindBox
          url={logUrl(id, kind)}
          hasTimes={kind === 'run'}
          needle={needle}
          onNeedle={setNeedle}
          onGo={(byte) => void goTo(byte)}
        />
        <button
          type="button"
          className="btn bare"
          aria-pressed={follow}
          onClick={() => (state.isAtEnd ? setFollow(!follow) : void source.openEnd().then(() => setFollow(true)))}
        >
          <Icon name="down" />
          follow
        </button>
        {kind === 'run' && (
          <button type="button" className="btn bare" aria-pressed={showTimes} onClick={() => setShowTimes(!showTimes)}>
            <Icon name="time" />
            times
          </button>
        )}
        <button type="button" className="btn bare" aria-pressed={wrap} onClick={() => setWrap(!wrap)}>
          wrap
        </button>
        <a className="btn bare" href={logUrl(id, kind)} download={`job-${id}-${kind}.log`}>
          download
        </a>
      </div>
      {lines.length === 0 ? (
        <Empty what={none} />
      ) : (
        <div
          className="log"
          ref={scroller}
          onScroll={() => void onScroll()}
          tabIndex={0}
          role="log"
          aria-live="off"
          aria-label={kind === 'run' ? 'Log' : 'Build log'}
        >
          <div style={{ height: rows.getTotalSize() }} className="log-all">
            {rows.getVirtualItems().map(({ index, start, key }) => {
              const line = lines[index];
              return (
                line && (
                  <div
                    key={key}
                    data-index={index}
                    ref={wrap ? rows.measureElement : undefined}
                    className={[
                      'log-line',
                      wrap ? 'wrap' : '',
                      line.at === here ? 'here' : '',
                      kind === 'build' ? buildLook(line.text) : '',
                    ].join(' ')}
                    style={{ transform: `translateY(${start}px)` }}
                  >
                    <button
                      type="button"
                      className="log-no"
                      aria-label={`Link to line ${firstNumber === undefined ? `at byte ${line.at}` : firstNumber + index}`}
                      tabIndex={-1}
                      onClick={() => link(line.at)}
                    >
                      {firstNumber === undefined ? '·' : firstNumber + index}
                    </button>
                    {showTimes && kind === 'run' && (
                      <span className="log-time" title={line.time}>
                        {line.time === undefined ? '' : clock(Date.parse(line.time), now, { seconds: true })}
                      </span>
                    )}
                    <LogText text={line.text} needle={needle} />
                  </div>
                )
              );
            })}
          </div>
        </div>
      )}
      <p className="log-foot m3 small">
        {fileSize(state.size)}
        {!state.isAtStart && ' · earlier lines come as you scroll up'}
        {error !== undefined && lines.length > 0 && ` · ${error}`}
      </p>
    </div>
  );
}
