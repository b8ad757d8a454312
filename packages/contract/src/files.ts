// What a job left behind: its archive, and the files in its user's output folder.
import { z } from 'zod';
import { Instant } from './job.ts';

/** A path inside the output folder: `results/epoch-3.pt`. Empty = the folder itself. */
const FilePath = z
  .string()
  .max(4096)
  .refine(
    (path) =>
      path === '' ||
      path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0')),
    'a path inside the output folder, without "..", as results/model.pt',
  );

export const ListFiles = z.object({ id: z.int().positive(), path: FilePath.default('') });

export const FileEntry = z.object({
  name: z.string(),
  /** `other` (links, pipes, devices) is shown and never opened. */
  kind: z.enum(['file', 'folder', 'other']),
  bytes: z.int().nonnegative(),
  modified_at: Instant,
  /** It was written to while the job ran, or after: the folder is the user's and holds what other jobs wrote, too. */
  since_start: z.boolean(),
});
export type FileEntry = z.infer<typeof FileEntry>;

/** At most 5000 of them, folders first, each kind by name. */
export const FileList = z.object({ entries: z.array(FileEntry), more: z.boolean() });
export type FileList = z.infer<typeof FileList>;

/** Query of the route that sends one file. */
export const FileQuery = z.object({ path: FilePath.refine((path) => path !== '', 'the path of a file') });

/** Fields of container_config.json that are to be others this time. */
export const Changes = z
  .record(z.string().min(1).max(100), z.json())
  .refine((changes) => !('executor_name' in changes), 'whose job it is cannot be changed')
  .refine((changes) => JSON.stringify(changes).length <= 65_536, 'at most 64 kB');

export type Changes = z.infer<typeof Changes>;

/** What a job was submitted with. */
export const JobConfig = z.object({
  /** The text of its container_config.json; null where the archive has none. */
  config: z.string().nullable(),
  /** Fields that are others than that file says, because it was retried with changes. */
  changes: z.record(z.string(), z.json()),
});
export type JobConfig = z.infer<typeof JobConfig>;

export const RetryJob = z.object({
  id: z.int().positive(),
  /** As in container_config.json: `{"num_gpus": 2, "time_limit": "4h"}`. */
  changes: Changes.default({}),
  /** All of the array that the job is part of, not it alone in its place. */
  array: z.boolean().default(false),
});
export type RetryJob = z.infer<typeof RetryJob>;
