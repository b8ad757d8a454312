// A container's program against the clock: what it has printed and whether it has ended, as of now.
import type { ContainerSpec } from '../engine.ts';
import type { ImageConfig } from './dockerfile.ts';
import { type ContainerAct, containerProgram, type Ending, type Program } from './program.ts';

export interface ContainerRecord {
  id: string;
  spec: ContainerSpec;
  image: ImageConfig;
  createdAt: number;
  startedAt?: number;
  /** Times in which its own time stood still. */
  pauses: { from: number; to?: number }[];
  /** Set when it has ended, of itself or by a signal. */
  end?: Ending & { at: number };
}

export interface LogLine {
  /** Counts from 0, also over lines that have been dropped. */
  number: number;
  at: number;
  stream: 'stdout' | 'stderr';
  text: string;
}

/** Older lines are dropped, as the engine's own log driver does. */
const KEPT_LINES = 20_000;

export class Playback {
  #program: Program;
  /** What comes next and at what time of the program; undefined = the program has ended. */
  #next: IteratorResult<ContainerAct, Ending>;
  #programMs = 0;
  #printed = 0;
  lines: LogLine[] = [];
  onTerm: 'ignore' | 'default' | number = 'default';

  constructor(record: ContainerRecord) {
    this.#program = containerProgram(record.spec, record.image);
    this.#next = this.#program.next();
  }

  /**
   * Plays up to `now`. Returns the program's end if it lies before that, else when (milliseconds since 1970) to look
   * again; Infinity while paused.
   */
  playTo(now: number, record: ContainerRecord): { end: Ending; at: number } | { nextAt: number } {
    for (;;) {
      const at = wallTime(record, this.#programMs);
      if (at > now) return { nextAt: at };
      if (this.#next.done) return { end: this.#next.value, at };
      this.#perform(this.#next.value, at);
      this.#next = this.#program.next();
    }
  }

  #perform(act: ContainerAct, at: number): void {
    if (act.kind === 'sleep') this.#programMs += act.ms;
    if (act.kind === 'trap') this.onTerm = act.onTerm;
    if (act.kind !== 'print') return;
    const { stream, text } = act;
    this.lines.push({ number: this.#printed, at, stream, text });
    this.#printed += 1;
    if (this.lines.length > KEPT_LINES) this.lines.splice(0, this.lines.length - KEPT_LINES);
  }
}

/** When the program's own `ms` is reached; Infinity if that is beyond the beginning of a pause that goes on. */
function wallTime(record: ContainerRecord, ms: number): number {
  let at = (record.startedAt ?? 0) + ms;
  for (const { from, to } of record.pauses) {
    if (at <= from) return at;
    if (to === undefined) return Number.POSITIVE_INFINITY;
    at += to - from;
  }
  return at;
}
