import { execa } from 'execa';

/** Below are the accounts of services, above those of nobody. Debian's and Red Hat's UID_MIN and UID_MAX. */
const PEOPLE = { from: 1000, to: 60_000 };

/** Uid of the machine's account of this name (local or from a directory service), if it is a person's. */
export async function findAccountUid(name: string): Promise<number | undefined> {
  const { stdout, failed } = await execa('getent', ['passwd', '--', name], {
    reject: false,
    timeout: 2000,
    stdin: 'ignore',
  });
  if (failed) return undefined;
  const [account, , field] = stdout.split(':');
  // getent takes a name of digits for a uid.
  if (account !== name) return undefined;
  const uid = Number(field);
  return Number.isInteger(uid) && uid >= PEOPLE.from && uid <= PEOPLE.to ? uid : undefined;
}
