// One simulated container in this process: its record, its program against the clock, and those who wait for its end.
import { constants } from 'node:os';
import { EngineError, type ObservedContainer } from '../engine.ts';
import { type ContainerRecord, type LogLine, Playback } from './playback.ts';
import type { Ending } from './program.ts';
import type { SimulatedWorld } from './world.ts';

export class LiveContainer {
  readonly record: ContainerRecord;
  #world: SimulatedWorld;
  #playback: Playback | undefined;
  #timer: Disposable | undefined;
  #listeners = new Set<() => void>();

  constructor(world: SimulatedWorld, record: ContainerRecord) {
    this.#world = world;
    this.record = record;
    if (record.startedAt !== undefined) this.#playback = new Playback(record);
    this.play();
  }

  /** Brings it up to date with the clock. */
  play(): void {
    if (!this.#playback) return;
    const { record } = this;
    const played = this.#playback.playTo(record.end?.at ?? this.#world.clock.now(), record);
    if (!record.end) {
      if ('end' in played) this.#end(played.end, played.at);
      else this.#playAgainAt(played.nextAt);
    }
    for (const listener of this.#listeners) listener();
  }

  get lines(): readonly LogLine[] {
    return this.#playback?.lines ?? [];
  }

  get isRunning(): boolean {
    return this.record.startedAt !== undefined && this.record.end === undefined;
  }

  get isPaused(): boolean {
    const last = this.record.pauses.at(-1);
    return this.isRunning && last !== undefined && last.to === undefined;
  }

  observe(): ObservedContainer {
    this.play();
    const { id, spec, createdAt, startedAt, end } = this.record;
    const status = end ? 'exited' : this.isPaused ? 'paused' : startedAt === undefined ? 'created' : 'running';
    return {
      id,
      name: spec.name,
      labels: spec.labels,
      status,
      createdAt,
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(end ? { finishedAt: end.at, exitCode: end.exitCode } : {}),
      oomKilled: end?.oomKilled ?? false,
    };
  }

  start(): void {
    this.record.startedAt = this.#world.clock.now();
    this.#playback = new Playback(this.record);
    this.#save('start');
    this.play();
  }

  pause(): void {
    this.play();
    if (!this.isRunning || this.isPaused)
      throw new EngineError('conflict', `Container ${this.record.spec.name} does not run.`);
    this.record.pauses.push({ from: this.#world.clock.now() });
    this.#save('pause');
    this.play();
  }

  unpause(): void {
    const last = this.record.pauses.at(-1);
    if (!this.isPaused || !last) throw new EngineError('conflict', `Container ${this.record.spec.name} is not paused.`);
    last.to = this.#world.clock.now();
    this.#save('unpause');
    this.play();
  }

  /** Delivers a signal. Ending an ended one is fine. */
  kill(signal: string): void {
    this.play();
    if (!this.isRunning) return;
    const name = signal.replace(/^(SIG)?/, 'SIG');
    const number = /^\d+$/.test(signal) ? Number(signal) : constants.signals[name as NodeJS.Signals];
    if (number === undefined) throw new EngineError('refused', `Invalid signal: ${signal}`);
    const onTerm = number === constants.signals.SIGTERM ? this.#onTerm() : 'default';
    if (onTerm === 'ignore') return;
    this.#end({ exitCode: onTerm === 'default' ? 128 + number : onTerm, oomKilled: false }, this.#world.clock.now());
    this.play();
  }

  /** Calls back after every change, until the returned function is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stops playing: it has been removed, or the process ends. */
  close(): void {
    this.#timer?.[Symbol.dispose]();
    for (const listener of this.#listeners) listener();
  }

  /** Without an init process the kernel gives PID 1 no signal that it does not handle. */
  #onTerm(): Playback['onTerm'] {
    const asked = this.#playback?.onTerm ?? 'default';
    return asked === 'default' && !this.record.spec.init ? 'ignore' : asked;
  }

  #end(ending: Ending, at: number): void {
    this.#timer?.[Symbol.dispose]();
    this.record.end = { ...ending, at };
    this.#save('die');
  }

  #playAgainAt(at: number): void {
    this.#timer?.[Symbol.dispose]();
    if (at === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#world.timers.after(at - this.#world.clock.now(), () => this.play());
  }

  #save(hint: string): void {
    this.#world.containers.put(this.record.id, this.record);
    this.#world.hint(hint, this.record.spec.name);
  }
}
