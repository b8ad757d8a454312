// Whose job is a file in the share? What the file system says of it is proof, or it is none; nothing is guessed.

/** Who can have put a file where it is, as the file system keeps it. */
export interface Signs {
  fileUid: number;
  /** Nobody but its owner may write to the file. */
  fileIsPrivate: boolean;
  folderUid: number;
  /** Nobody but its owner may write to the folder. */
  folderIsPrivate: boolean;
  /** Of the share's root. `sticky`: everybody may make folders there, and touch their own alone. */
  root: 'closed' | 'sticky' | 'open';
}

export type Whose =
  /** `user`: null = only the archive itself says it. `why`: what is not proved. */
  | { is: 'job'; user: string | null; verified: true }
  | { is: 'job'; user: string | null; verified: false; why: string }
  | { is: 'refused'; why: string };

export interface Place {
  /** Whose inbox it is; null for the share's root. */
  user: string | null;
  /** Path of the inbox, for people. */
  inbox: string;
  /** Null where the file system keeps no owners (CIFS, FUSE). */
  signs: Signs | null;
}

/**
 * @param trusted `[fetcher] trusted.share`
 * @param userOf the user of DoPQ with this uid
 */
export function whoseIs(place: Place, trusted: boolean, userOf: (uid: number) => string | undefined): Whose {
  const { user, inbox, signs } = place;
  // A file that others may write to is not proof of its owner's wish.
  const owner = signs?.fileIsPrivate ? userOf(signs.fileUid) : undefined;
  if (user === null) return inRoot(inbox, owner, trusted);
  if (owner === user || (signs && isProof(user, signs, userOf))) return { is: 'job', user, verified: true };
  if (owner !== undefined && !trusted) {
    const why = `it belongs to ${owner}, and this folder, which others may write to, is that of ${user}. Put it into the folder of ${owner}; or let ${user} close this one ("chmod go-w") and drop it.`;
    return { is: 'refused', why };
  }
  const why = signs
    ? `others may write to ${inbox} or to the share's root; "chmod go-w" on both makes the folder proof`
    : `the file system of ${inbox} does not tell DoPQ who owns what`;
  return { is: 'job', user, verified: false, why: `not verified: ${why}` };
}

/** DoPQ 1.0 believed the archive; where that is not asked for, only the file's owner counts. */
function inRoot(inbox: string, owner: string | undefined, trusted: boolean): Whose {
  if (trusted) {
    return {
      is: 'job',
      user: null,
      verified: false,
      why: 'not verified: only the archive itself says whose job it is',
    };
  }
  if (owner !== undefined) return { is: 'job', user: owner, verified: true };
  const why = `a file in the root of the share does not say whose it is. Put it into your own folder, ${inbox}/<your name>/.`;
  return { is: 'refused', why };
}

/** Nobody else can have put a file into the folder, nor the folder there. */
function isProof(
  user: string,
  { folderUid, folderIsPrivate, root }: Signs,
  userOf: (uid: number) => string | undefined,
): boolean {
  if (!folderIsPrivate || root === 'open') return false;
  const owner = userOf(folderUid);
  // Who may not be told by a uid (root, an account that DoPQ does not know) has been given the folder by who owns the root.
  return owner === user || (owner === undefined && root === 'closed');
}
