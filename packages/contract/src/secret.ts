// Secrets of a user: environment of that user's containers, never shown to anybody again.
import { z } from 'zod';
import { Instant } from './job.ts';
import { UserName } from './user.ts';

/** What belongs to DoPQ, the GPU driver or the loader; no job may be led by it. */
const NOT_FOR_SECRETS = /^(?:NVIDIA_.*|CUDA_VISIBLE_DEVICES|CUDA_DEVICE_ORDER|DOPQ_.*|LD_.*|HOME|USER|LOGNAME|PATH)$/i;

const SecretName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,255}$/, 'letters, digits and "_", not starting with a digit')
  .refine((name) => !NOT_FOR_SECRETS.test(name), "a name that is not DoPQ's, the GPU driver's or the loader's");

/** Shorter ones would make every log unreadable when they are masked, and are no secrets. */
const SecretValue = z
  .string()
  .min(8, 'at least 8 characters')
  .max(32_768)
  // oxlint-disable-next-line no-control-regex
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'one line of text without control characters');

export const Secret = z.object({ name: z.string(), created_at: Instant, updated_at: Instant });
export type Secret = z.infer<typeof Secret>;

/** Whose; without it one's own. Only for administrators. */
const whose = { user: UserName.optional() };
export const ListSecrets = z.object(whose);
export const SetSecret = z.object({ ...whose, name: SecretName, value: SecretValue });
export const RemoveSecret = z.object({ ...whose, name: z.string().max(256) });
