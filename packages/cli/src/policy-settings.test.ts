import { expect, test } from 'vitest';
import { formatSetting, parseSetting, settingName } from './policy-settings.ts';

test.each([
  ['policy=fifo', { policy: 'fifo' }, 'fifo'],
  ['half_life=14d', { half_life_seconds: 14 * 86_400 }, '14d00h'],
  ['half.life=90m', { half_life_seconds: 5400 }, '1h30m'],
  ['max_running_jobs=none', { max_running_jobs: null }, 'none'],
  ['max-running-jobs=3', { max_running_jobs: 3 }, '3'],
  ['max_time_limit=none', { max_time_limit_seconds: null }, 'none'],
  ['gpu_weights=A100=4,RTX 3090=1.5', { gpu_weights: { A100: 4, 'RTX 3090': 1.5 } }, 'A100=4,RTX 3090=1.5'],
  ['gpu_weights=', { gpu_weights: {} }, 'all 1'],
])('%s is read as %j and shown as %s', (text, set, shown) => {
  expect(parseSetting(text)).toEqual(set);
  const [[name, value] = ['', null]] = Object.entries(set);
  expect(formatSetting(settingName(name), value as never)).toBe(shown);
});

test.each(['policy', '=x', 'speed=1', 'half_life=long', 'max_running_jobs=some', 'gpu_weights=A100'])(
  '"%s" is refused',
  (text) => {
    expect(() => parseSetting(text)).toThrow(/no setting|setting=value|no length|no whole|MODEL=WEIGHT/);
  },
);
