import { expect, test } from 'vitest';
import { userMountsOf } from './user-mounts.ts';

test('what a user has mounted is told from what the administrator has', () => {
  const mountinfo = [
    '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,user_id=7',
    '40 22 0:50 / /share/alice/my\\040data rw,nosuid shared:9 - fuse.sshfs alice@box:/ rw,user_id=1001,group_id=1001',
    '41 22 0:51 / /share/bob/job.zip rw - fuse nobody rw,user_id=1002,group_id=1002,allow_other',
    '42 22 0:52 / /share/lab rw - fuse.glusterfs host:/lab rw,user_id=0,group_id=0,allow_other',
    '',
  ].join('\n');
  expect(userMountsOf(mountinfo)).toEqual(new Set(['/share/alice/my data', '/share/bob/job.zip']));
});
