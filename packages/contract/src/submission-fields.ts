// The fields of container_config.json as one table: messages, the reference page and the readers all start from here.

export interface SubmissionField {
  readonly key: string;
  readonly required: boolean;
  /** What the field is for. */
  readonly meaning: string;
  readonly rule: string;
  /** What holds if it is left out. */
  readonly fallback: string;
  /** A valid value, as JSON. */
  readonly example: string;
}

export const SUBMISSION_FIELDS = [
  {
    key: 'name',
    required: true,
    meaning: 'What the job is called wherever it is shown. Several jobs may have one name.',
    rule: 'text of 3 to 128 characters on one line',
    fallback: '',
    example: '"train-unet"',
  },
  {
    key: 'executor_name',
    required: true,
    meaning: 'Whose job it is. In an inbox of one user the inbox decides, and this may be left out.',
    rule: 'the name of a user of DoPQ: letters, digits, "_", "." and "-", at most 64',
    fallback: 'the owner of the inbox',
    example: '"alice"',
  },
  {
    key: 'required_memory',
    required: false,
    meaning: 'Main memory the job may use; it is ended if it takes more.',
    rule: 'a size from 6m: a number of GB, or text with a unit such as "512m", "32g", "1.5 GB"',
    fallback: "the server's default, else the machine's memory per GPU",
    example: '"32g"',
  },
  {
    key: 'num_gpus',
    required: false,
    meaning: 'How many GPUs the job gets. 0 = none, and it sees none.',
    rule: 'a whole number, 0 or more',
    fallback: '1; 0 where the server has no GPU',
    example: '1',
  },
  {
    key: 'num_slots',
    required: false,
    meaning: 'How many slots it takes on each of its GPUs, where the server lets jobs share a GPU.',
    rule: 'a whole number, 1 or more',
    fallback: '1',
    example: '1',
  },
  {
    key: 'gpu_model',
    required: false,
    meaning: 'Which GPUs will do. All GPUs of the job are on one machine; with several models it may get a mixture.',
    rule: 'a name as people say it, such as "A100" or "RTX 3090", or a list of them; case and punctuation do not matter',
    fallback: 'any model',
    example: '["A100", "RTX 3090"]',
  },
  {
    key: 'min_gpu_memory',
    required: false,
    meaning: 'Memory that each of its GPUs has at least.',
    rule: 'a size: a number of GB, or text with a unit such as "24g"',
    fallback: 'any',
    example: '"24g"',
  },
  {
    key: 'gpu_memory',
    required: false,
    meaning:
      'Memory the job takes of each of its GPUs, where the server lets jobs share a GPU: it is put beside others as long as the sum fits. Without it each of its slots counts as its part of the memory.',
    rule: 'a size: a number of GB, or text with a unit such as "10g"',
    fallback: 'its part of the GPU, by num_slots',
    example: '"10g"',
  },
  {
    key: 'cpus',
    required: false,
    meaning: 'How many CPUs it may use; parts of one are possible.',
    rule: 'a number from 0.01',
    fallback: 'no limit of its own',
    example: '4',
  },
  {
    key: 'time_limit',
    required: false,
    meaning: 'It is ended when it has run for so long. Jobs with a limit can be fitted in earlier.',
    rule: 'a number of seconds, or text such as "90m", "2h", "1d12h", "12:00:00", "1-12:00:00"; at most 366 days',
    fallback: 'none',
    example: '"2h"',
  },
  {
    key: 'warn_before',
    required: false,
    meaning:
      'So long before its time limit a notice appears in the container, the file that $DOPQ_NOTICE names, so that the job can save its work.',
    rule: 'a duration as for time_limit; at most half of the limit counts',
    fallback: "the server's `time.limit.notice`",
    example: '"10m"',
  },
  {
    key: 'warn_signal',
    required: false,
    meaning:
      'A signal that the job gets together with the notice. Only for programs that catch it: an unprepared process dies of a signal.',
    rule: 'one of "HUP", "INT", "QUIT", "USR1", "USR2", "CONT", "WINCH"',
    fallback: 'no signal, only the notice',
    example: '"USR1"',
  },
  {
    key: 'after_ok',
    required: false,
    meaning:
      'It starts when these jobs have succeeded. If one of them ends in any other way, or is cancelled, this job is cancelled too.',
    rule: 'job numbers, or names of jobs of the same user (the newest of that name counts), one or a list; the number of the first job of an array means all of it',
    fallback: 'waits for no job',
    example: '[12, "prepare-data"]',
  },
  {
    key: 'after_any',
    required: false,
    meaning: 'It starts when these jobs have ended, in whatever way.',
    rule: 'as for after_ok',
    fallback: 'waits for no job',
    example: '12',
  },
  {
    key: 'count',
    required: false,
    meaning:
      'An array: so many jobs of this one zip, built once. Each finds its number, from 0, in $DOPQ_ARRAY_INDEX and how many there are in $DOPQ_ARRAY_COUNT.',
    rule: 'a whole number from 1 to 1000',
    fallback: 'one job',
    example: '20',
  },
  {
    key: 'max_parallel',
    required: false,
    meaning: 'Of an array, at most so many run at the same time.',
    rule: 'a whole number, 1 or more, only together with "count"',
    fallback: 'as many as fit',
    example: '4',
  },
  {
    key: 'retries',
    required: false,
    meaning:
      'How many times it is started again after it ended for one of the causes in retry_on. $DOPQ_ATTEMPT counts the starts, from 1.',
    rule: 'a whole number from 0 to 20',
    fallback: '0: it is never started twice',
    example: '2',
  },
  {
    key: 'retry_on',
    required: false,
    meaning:
      'The causes for which it is started again, only together with "retries". A number is an exit code of the job.',
    rule: 'a list out of "failed", "out_of_memory", "timed_out", "interrupted", "lost", "start_failed" and exit codes from 1 to 255',
    fallback: '["failed", "interrupted", "lost"]',
    example: '["interrupted", 75]',
  },
  {
    key: 'not_before',
    required: false,
    meaning: 'It is built at once and starts no earlier than this.',
    rule: 'a date and a time such as "2031-05-04T22:00"; the time of the server, unless it ends in "Z" or an offset as "+02:00"',
    fallback: 'as soon as possible',
    example: '"2031-05-04T22:00"',
  },
  {
    key: 'hold',
    required: false,
    meaning: 'It is built at once and then waits until somebody releases it: `dopq release ID`.',
    rule: 'true or false',
    fallback: 'false',
    example: 'true',
  },
  {
    key: 'build_flag',
    required: false,
    meaning: 'true: build the Dockerfile. false: use an image, from the field "image" or from a tar in the zip.',
    rule: 'true or false',
    fallback: 'true',
    example: 'true',
  },
  {
    key: 'image',
    required: false,
    meaning: 'With build_flag false: name of an image that the server has.',
    rule: 'the name of an image, only together with "build_flag": false',
    fallback: 'the tar of `docker save` in the zip',
    example: '"lab/pytorch:2.4"',
  },
  {
    key: 'run_params',
    required: false,
    meaning: 'More about the container, in the words of docker-py.',
    rule: 'an object',
    fallback: 'none',
    example: '{"shm_size": "2g"}',
  },
] as const satisfies readonly SubmissionField[];

export type SubmissionKey = (typeof SUBMISSION_FIELDS)[number]['key'];

/** A file that is valid everywhere, to copy and change. */
export const EXAMPLE_SUBMISSION = `{
  "name": "train-unet",
  "executor_name": "alice",
  "required_memory": "8g",
  "num_gpus": 1
}`;
