// Where tests of recovery let a process die: before and after every durable write, every engine call and every fact.
// DOPQ_CRASH_AT=NAME[:N] kills the process with SIGKILL at its N-th pass of a point, once: DOPQ_CRASH_MARK names the file
// that says it has been done; where somebody takes that away, the next pass kills again. DOPQ_CRASH_TRACE=FILE writes down
// the points that are passed. Without these variables it costs one comparison.
import { appendFileSync, writeFileSync } from 'node:fs';

const [crashAt, crashPass = '1'] = (process.env.DOPQ_CRASH_AT ?? '').split(':');
const { DOPQ_CRASH_TRACE: traceFile, DOPQ_CRASH_MARK: markFile } = process.env;
const active = Boolean(crashAt || traceFile);
let passes = 0;

export function crashPoint(name: string): void {
  if (!active) return;
  if (traceFile) appendFileSync(traceFile, `${name}\n`);
  if (name === crashAt && ++passes >= Number(crashPass) && isFirst()) process.kill(process.pid, 'SIGKILL');
}

/** A process that is started again with the same variables must not die again. */
function isFirst(): boolean {
  if (!markFile) return true;
  try {
    writeFileSync(markFile, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}

/** The same object, with a point before and after each call: `area.method.before`, `area.method.after`. */
export function withCrashPoints<T extends object>(area: string, target: T): T {
  if (!active) return target;
  return new Proxy(target, {
    get(object, key, receiver) {
      const value: unknown = Reflect.get(object, key, receiver);
      if (typeof value !== 'function' || typeof key === 'symbol') return value;
      return (...args: unknown[]): unknown => {
        // A handle is made without asking anybody; its own calls are points.
        if (key === 'container') return withCrashPoints('container', Reflect.apply(value, object, args) as object);
        crashPoint(`${area}.${key}.before`);
        const result: unknown = Reflect.apply(value, object, args);
        if (!(result instanceof Promise)) return result;
        return result.then((settled: unknown) => {
          crashPoint(`${area}.${key}.after`);
          return key === 'createContainer' ? withCrashPoints('container', settled as object) : settled;
        });
      };
    },
  });
}
