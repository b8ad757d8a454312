// Why nvidia-smi gave no reading: the cause in its own words, and what to do about it.

/** How a run of nvidia-smi ended without an answer that could be used. */
export type SmiFailure =
  | { kind: 'not_started'; code: string | undefined; message: string }
  | { kind: 'hung'; deadlineMs: number /** KILL did not end it. */; stuckPid?: number }
  | { kind: 'exited'; exitCode: number | undefined; signal: string | undefined; output: string }
  | { kind: 'unreadable'; problem: string; output: string };

export interface Trouble {
  /** `absent`: there is no GPU here, which is a fact and not a fault. */
  state: 'absent' | 'failing';
  message: string;
}

const BY_HAND = 'run it by hand to see why';

// Errors come on stdout with exit codes of NVML; the words are surer than the codes, which wrappers swallow.
const KNOWN: [pattern: RegExp, explain: string][] = [
  [
    /version mismatch/i,
    'the NVIDIA driver was updated while it was loaded: reboot the machine, or unload and load its kernel modules',
  ],
  [
    /couldn't communicate with the nvidia driver/i,
    'the NVIDIA kernel driver is not loaded: run `modprobe nvidia`, or install the driver for the running kernel',
  ],
  [/gpu is lost|fallen off the bus/i, 'a GPU stopped answering: reboot the machine, and check its power and seating'],
  [/insufficient permissions/i, 'it may not use the driver: run DoPQ as root or give its user access to /dev/nvidia*'],
  [/not a valid field to query/i, 'this NVIDIA driver is too old for a value DoPQ asks for: update the driver'],
  [/unable to determine the device handle/i, 'a GPU cannot be opened: look for "NVRM" in the kernel log, then reboot'],
];

export function explainFailure(command: string, failure: SmiFailure): Trouble {
  if (failure.kind === 'not_started') return explainMissing(command, failure.code, failure.message);
  if (failure.kind === 'hung') return explainHang(command, failure.deadlineMs, failure.stuckPid);
  if (failure.kind === 'exited') return explainExit(command, failure);
  return explainUnreadable(command, failure);
}

function explainMissing(command: string, code: string | undefined, message: string): Trouble {
  if (code === 'ENOENT') {
    const fix = 'install the NVIDIA driver, or set [docker] nvidia.smi';
    return { state: 'absent', message: `there is no ${command} here; if this machine has GPUs, ${fix}` };
  }
  return {
    state: 'failing',
    message: `${command} cannot be started (${code ?? message}); check that it may be executed`,
  };
}

function explainHang(command: string, deadlineMs: number, stuckPid: number | undefined): Trouble {
  const end =
    stuckPid === undefined
      ? 'and was ended; look for "NVRM" or "Xid" in the kernel log, the driver may need a reboot'
      : `and cannot be killed (pid ${stuckPid}): the driver is stuck, reboot the machine`;
  return { state: 'failing', message: `${command} gave no answer within ${deadlineMs / 1000} s ${end}` };
}

function explainExit(command: string, { exitCode, signal, output }: SmiFailure & { kind: 'exited' }): Trouble {
  const ended = signal ? `was ended by ${signal}` : `ended with exit code ${exitCode}`;
  return (
    explainWords(output) ?? { state: 'failing', message: `${command} ${ended}: ${firstLine(output)} - ${BY_HAND}` }
  );
}

/** Also with exit code 0 there may be an error where the answer should be. */
function explainUnreadable(command: string, { problem, output }: SmiFailure & { kind: 'unreadable' }): Trouble {
  return (
    explainWords(output) ?? {
      state: 'failing',
      message: `${command} printed what cannot be read: ${problem} - ${BY_HAND}`,
    }
  );
}

function explainWords(output: string): Trouble | undefined {
  if (/no devices were found/i.test(output)) {
    return {
      state: 'absent',
      message: `the NVIDIA driver found no GPU; if there is one, look for "NVRM" in the kernel log`,
    };
  }
  const explain = KNOWN.find(([pattern]) => pattern.test(output))?.[1];
  return explain === undefined ? undefined : { state: 'failing', message: `${explain} ("${firstLine(output)}")` };
}

function firstLine(output: string): string {
  return output.trim().split('\n')[0]?.slice(0, 200) || 'it said nothing';
}
