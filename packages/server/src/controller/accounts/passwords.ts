// Passwords as argon2id hashes, in the PHC string format, so that the cost can be raised later and old ones still verify.
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { DopqError } from '@dopq/contract';
import PQueue from 'p-queue';

const derive = promisify(argon2);

/** OWASP's first recommendation for argon2id of 2023: 19 MiB, two passes, one lane. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 };
/** Hashing costs memory and a core: what strangers can cause is bounded. */
const AT_ONCE = 2;
const MAX_WAITING = 50;

const queue = new PQueue({ concurrency: AT_ONCE });

/** @throws DopqError TOO_BUSY */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await compute(password, salt, COST);
  const { memory, passes, parallelism } = COST;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${encode(salt)}$${encode(key)}`;
}

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;
/** Nobody's: checked where there is no login, so that the answer takes as long. */
let nobodys: Promise<string> | undefined;

/**
 * @param hash undefined = there is no such login; it takes as long as a wrong password
 * @throws DopqError TOO_BUSY
 */
export async function verifyPassword(hash: string | undefined, password: string): Promise<boolean> {
  nobodys ??= hashPassword(randomBytes(16).toString('hex'));
  const [, memory, passes, parallelism, salt = '', key = ''] = PHC.exec(hash ?? (await nobodys)) ?? [];
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  const wanted = Buffer.from(key, 'base64');
  const given = await compute(password, Buffer.from(salt, 'base64'), cost);
  return timingSafeEqual(given, wanted) && hash !== undefined;
}

async function compute(password: string, nonce: Buffer, cost: typeof COST): Promise<Buffer> {
  if (queue.size >= MAX_WAITING) throw new DopqError('TOO_BUSY', 'Too many people sign in at once.');
  // The same characters can be typed in two ways.
  const message = password.normalize('NFKC');
  return await queue.add(() => derive('argon2id', { message, nonce, tagLength: 32, ...cost }));
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
