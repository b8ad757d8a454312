// What the server and its Provider process say to each other over IPC. The Provider reports facts, the server records
// them and answers; nothing that matters is known only to the Provider, so it may be killed at any moment.
import type { Problem, Submission, SubmissionOptions } from '@dopq/contract';
import type { Config } from '../config/config.ts';
import type { Place } from './whose.ts';

/** How far a job had come when the Provider was (re)started; it goes on from there. */
export interface ResumeJob {
  jobId: number;
  state: 'receiving' | 'checking' | 'building';
  source: 'share' | 'upload';
  user: string;
  inbox: string | null;
  file: string;
  identity: string | null;
  zipPath: string | null;
  sha256: string | null;
}

/** Where the Provider has to put an archive of a job that ended before it ran. */
export interface Disposal {
  jobId: number;
  /** Our copy; null = it was never taken and still lies in the inbox as `file`. */
  zipPath: string | null;
  inbox: string | null;
  file: string;
  to: 'invalid' | 'failed';
}

/** A user who may have an inbox in the share. */
export interface InboxOwner {
  name: string;
  uid: number;
}

export interface Receipt {
  jobId: number;
  revision: number;
  inbox: string;
  /** File name without `.txt` / `.json`. */
  receiptName: string;
  text: string;
  json: string;
}

/** Server -> Provider. */
export type Order =
  | {
      kind: 'start';
      epoch: number;
      config: Config;
      instance: string;
      jobs: ResumeJob[];
      /** Archives to be moved before the first scan, or a cancelled one would be taken for a new job. */
      disposals: Disposal[];
      owners: InboxOwner[];
      simulate: boolean;
      /** A file system was mounted there when an earlier Provider last saw the share: an empty folder is none then. */
      shareWasMounted: boolean;
      /** False while a predecessor hangs on the share: one stuck process is enough. */
      useShare: boolean;
    }
  | { kind: 'share'; use: boolean }
  | { kind: 'answer'; to: number; answer: unknown }
  | { kind: 'intake'; job: ResumeJob }
  | { kind: 'abort'; jobId: number }
  | { kind: 'receipt'; receipt: Receipt }
  | { kind: 'dispose'; disposal: Disposal }
  /** Who is to have an inbox from now on. */
  | { kind: 'owners'; owners: InboxOwner[] }
  /** Its receipt has been kept long enough. `refused`: this may go from `invalid/` with it. */
  | {
      kind: 'expire';
      jobId: number;
      inbox: string;
      receiptName: string;
      refused: { zipPath: string; bytes: number } | null;
    };

/** How the share as a whole is. */
export interface ShareState {
  state: 'ok' | 'missing' | 'read_only' | 'full' | 'failing';
  message: string | null;
  /** It is a file system of its own. */
  mounted?: boolean;
}

/** Facts and what the server answers to each. `stop` = the job was cancelled meanwhile: drop what you do for it. */
export interface Facts {
  /** Sign of life. `shareCallMs`: how long the oldest unanswered file call on the share has been waiting. */
  alive: { ask: { shareCallMs: number; building: number }; answer: null };
  /** The share as a whole. */
  share: { ask: ShareState; answer: null };
  /** A file with a known suffix stands in an inbox (or in the share's root: user null). Makes the job, or finds it. */
  seen: {
    ask: Place & { file: string; bytes: number; identity: string };
    /** `taken`: this very file was taken by job jobId already (a crash came before its removal): remove it. */
    answer:
      | { jobId: number; as: 'receiving' | 'taken' }
      | { jobId: null; as: 'ignore' }
      /** It stays where it is, with a word beside it. */
      | { jobId: null; as: 'refused'; why: string };
  };
  /** Was this very file taken? Asked for one that a killed Provider had put aside. */
  wasTaken: { ask: { inbox: string; identity: string }; answer: boolean };
  /** A file vanished while it was being received. */
  gone: { ask: { jobId: number }; answer: null };
  /** A remark on what is being waited for (still copying, disk low, registry down); null = nothing any more. */
  waiting: { ask: { jobId: number; reason: string | null }; answer: null };
  /** Our copy is complete and on disk; the original may be removed after the answer. */
  fetched: {
    ask: { jobId: number; zipPath: string; sha256: string; bytes: number; identity: string | null };
    answer: 'go' | 'stop';
  };
  /** What a configuration may ask for here and now. */
  rules: { ask: { jobId: number }; answer: SubmissionOptions };
  /**
   * The archive and its container_config.json are sound. The server decides whose it is and whether it can ever run.
   * `config`: the text of that file, where there is one.
   */
  checked: {
    ask: { jobId: number; submission: Submission; notes: string[]; config?: string | undefined };
    answer: 'build' | 'stop';
  };
  /** The archive or its configuration is not. The server records it and orders its disposal. */
  rejected: { ask: { jobId: number; problems: Problem[]; config?: string | undefined }; answer: null };
  /** A build is about to begin: what must not be seen in what it prints. */
  toMask: { ask: { jobId: number }; answer: string[] };
  /** What the build is doing now, for receipt and views. */
  step: { ask: { jobId: number; number: number; total: number; text: string }; answer: null };
  built: {
    ask: { jobId: number; image: string; imageId: string; buildLog: string | null; cached: boolean };
    answer: 'go' | 'stop';
  };
  /** Something outside of the submission (a registry, a full disk) keeps its image from being made, try after try. */
  outsideTrouble: { ask: { jobId: number; trouble: string }; answer: null };
  buildFailed: { ask: { jobId: number; error: string; buildLog: string | null }; answer: null };
  /**
   * A person withdrew a job by dropping `<name>.cancel`, the name being its file's or its receipt's. The answer: whether
   * there is such a job that waits or runs.
   */
  withdrawn: { ask: { inbox: string; name: string }; answer: boolean };
  /** `removed`: there was nothing left to move. */
  disposed: { ask: { jobId: number; to: 'invalid' | 'failed' | 'removed'; zipPath: string | null }; answer: null };
  expired: { ask: { jobId: number; zipRemoved: boolean }; answer: null };
  receiptWritten: { ask: { jobId: number; revision: number }; answer: null };
}

export type FactKind = keyof Facts;

/** Provider -> server. Every fact carries the server's epoch: one from an earlier life is not listened to. */
export type Report = { [K in FactKind]: { id: number; epoch: number; kind: K; ask: Facts[K]['ask'] } }[FactKind];
