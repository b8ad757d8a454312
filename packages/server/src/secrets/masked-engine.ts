// The door of all text that comes out of an engine: whatever it says of a user's builds and containers passes here with
// the user's secrets masked, so that nobody behind it has to think of them. A terminal is left alone: its user sees what
// their own container has.
import { type BuildResult, type Container, type Engine, EngineError, LABELS } from '../engines/engine.ts';
import { Mask, Masking, maskText } from './mask.ts';

/** What a text is about: a container (its id or name), all of a user, or neither is known. */
export interface Subject {
  container?: string;
  user?: string | undefined;
}

type Secrets = () => readonly string[];

/** @param secretsOf what must not be seen in what is said of a subject; asked only when something is said */
export function maskedEngine(engine: Engine, secretsOf: (subject: Subject) => readonly string[]): Engine {
  const ofOwner = (labels: Record<string, string>) => () => secretsOf({ user: labels[LABELS.user] });
  const ofAnybody = () => secretsOf({});
  return {
    machineId: engine.machineId,
    info: () => engine.info(),
    ping: () => engine.ping(),
    watch: (onHint) => engine.watch(onHint),
    listForeignGpuUse: (isOfRunningJob) => engine.listForeignGpuUse(isOfRunningJob),
    ensureNetwork: (name) => engine.ensureNetwork(name),
    findImage: (nameOrId) => engine.findImage(nameOrId),
    removeImage: (nameOrId) => engine.removeImage(nameOrId),
    readStorage: (repository) => engine.readStorage(repository),
    pruneBuildCache: (limits) => engine.pruneBuildCache(limits),
    listContainers: async (known) =>
      (await engine.listContainers(known)).map((observed) => maskError(observed, ofOwner(observed.labels))),
    createContainer: async (spec) =>
      maskedContainer(await said(ofOwner(spec.labels), engine.createContainer(spec)), ofOwner(spec.labels)),
    container: (id) => maskedContainer(engine.container(id), () => secretsOf({ container: id })),
    build: (options) =>
      printed(
        ofAnybody,
        (text) => options.onOutput(text),
        (onOutput) =>
          engine.build({
            ...options,
            onOutput,
            onStep: (step) => options.onStep?.({ ...step, text: maskText(step.text, ofAnybody()) }),
          }),
      ),
    load: (tar, options) =>
      printed(
        ofAnybody,
        (text) => options.onOutput(text),
        (onOutput) => engine.load(tar, { ...options, onOutput }),
      ),
  };
}

function maskedContainer(container: Container, secrets: Secrets): Container {
  const masked = (text: string) => maskText(text, secrets());
  return {
    id: container.id,
    inspect: async () => maskError(await said(secrets, container.inspect()), secrets),
    start: () => said(secrets, container.start()),
    stop: (graceSeconds) => said(secrets, container.stop(graceSeconds)),
    kill: (signal) => said(secrets, container.kill(signal)),
    pause: () => said(secrets, container.pause()),
    unpause: () => said(secrets, container.unpause()),
    remove: (options) => said(secrets, container.remove(options)),
    async exec(command, options) {
      const { exitCode, stdout, stderr } = await said(secrets, container.exec(command, options));
      return { exitCode, stdout: masked(stdout), stderr: masked(stderr) };
    },
    terminal: (command, options) => said(secrets, container.terminal(command, options)),
    logs: async (options, signal) => {
      const known = secrets();
      const stream = await said(secrets, container.logs(options, signal));
      return known.length === 0 ? stream : stream.compose(new Mask(known));
    },
    recentLogs: async (lines) => masked(await said(secrets, container.recentLogs(lines))),
    async top() {
      const { titles, processes } = await said(secrets, container.top());
      return { titles, processes: processes.map((cells) => cells.map(masked)) };
    },
    stats: () => container.stats(),
    wait: (signal) => container.wait(signal),
    archiveOut: (path) => container.archiveOut(path),
    archiveIn: (path, tar) => container.archiveIn(path, tar),
  };
}

/** What the engine answers, or why not: its refusals repeat commands and paths. */
async function said<T>(secrets: Secrets, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const message = maskText(error.message, secrets());
    // The cause has the same words.
    throw message === error.message ? error : new EngineError(error.code, message);
  }
}

async function printed(
  secrets: Secrets,
  onOutput: (text: string) => void,
  make: (onMasked: (text: string) => void) => Promise<BuildResult>,
): Promise<BuildResult> {
  const masking = new Masking(secrets());
  const pass = (bytes: Buffer) => bytes.length > 0 && onOutput(bytes.toString());
  try {
    const result = await said(
      secrets,
      make((text) => pass(masking.pass(Buffer.from(text)))),
    );
    return result.ok ? result : { ...result, error: maskText(result.error, secrets()) };
  } finally {
    pass(masking.end());
  }
}

function maskError<T extends { error?: string }>(observed: T, secrets: Secrets): T {
  return observed.error === undefined ? observed : { ...observed, error: maskText(observed.error, secrets()) };
}
