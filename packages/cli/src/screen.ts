// The terminal's other screen (xterm's mode 1049), and the way back from it whatever happens.

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';

export interface OtherScreen extends Disposable {
  /** Back to the usual screen for a while, as before a stop by Ctrl-Z or another program. */
  leave(): void;
  enter(): void;
}

/** Switches to the other screen without cursor and wrapping; leaves it when disposed of and at any end of the process. */
export function onOtherScreen(): OtherScreen {
  let isOn = false;
  const enter = () => {
    if (!isOn) process.stdout.write(ENTER);
    isOn = true;
  };
  const leave = () => {
    if (isOn) process.stdout.write(LEAVE);
    isOn = false;
  };
  // Also after an error that nobody caught: writing to a terminal is synchronous.
  process.once('exit', leave);
  enter();
  return {
    enter,
    leave,
    [Symbol.dispose]() {
      process.off('exit', leave);
      leave();
    },
  };
}
