// Which file system a path is on, from /proc/self/mountinfo (proc(5)).

export interface Mount {
  point: string;
  type: string;
  options: string[];
}

/** File systems whose files are on another machine. */
const REMOTE =
  /^(nfs4?|cifs|smb3|smbfs|9p|virtiofs|ceph|lustre|glusterfs|beegfs|afs|fuse\.(sshfs|glusterfs|ceph|s3fs|rclone|gcsfuse))$/;

export const isRemote = ({ type }: Mount): boolean => REMOTE.test(type);

export function parseMounts(mountinfo: string): Mount[] {
  return mountinfo
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [front = '', back = ''] = line.split(' - ');
      const fields = front.split(' ');
      const [type = '', , superOptions = ''] = back.split(' ');
      const options = `${fields[5] ?? ''},${superOptions}`.split(',');
      return { point: unescaped(fields[4] ?? ''), type, options };
    });
}

/** The mount that a path (absolute, without links) is on; the last of those that cover each other. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  const covers = (point: string) => point === '/' || path === point || path.startsWith(`${point}/`);
  return mounts
    .filter(({ point }) => covers(point))
    .reduce<Mount | undefined>(
      (best, mount) => (best && best.point.length > mount.point.length ? best : mount),
      undefined,
    );
}

/** Spaces and the like are written in octal. */
function unescaped(text: string): string {
  return text.replaceAll(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
}
