import { DopqError } from '@dopq/contract';
import { expect, test } from 'vitest';
import { addressKey, Limiter } from './limiter.ts';

test('so many tries per key and window, and a try that is forgiven does not count', () => {
  const clock = { at: 1000 };
  const limiter = new Limiter({ now: () => clock.at }, { max: 2, windowMs: 60_000 });
  limiter.count('a')();
  limiter.count('a');
  limiter.count('a');
  expect(() => limiter.count('a')).toThrow(DopqError);
  limiter.count('b');
  clock.at += 18_000;
  expect(() => limiter.count('a')).toThrow(
    expect.objectContaining({ code: 'RATE_LIMITED', fix: 'Try again in 42 s.' }),
  );
  clock.at += 42_000;
  limiter.count('a');
});

test('an IPv6 caller is a whole /64, an IPv4 caller an address', () => {
  expect(addressKey('10.0.0.5')).toBe('10.0.0.5');
  expect(addressKey('2001:db8:1:2:3:4:5:6')).toBe(addressKey('2001:db8:1:2::9'));
  expect(addressKey('2001:db8:1:2::9')).not.toBe(addressKey('2001:db8:1:3::9'));
  expect(addressKey('2001:db8::1')).toBe('2001:db8:0:0');
  expect(addressKey('::1')).toBe('0:0:0:0');
  expect(addressKey('::ffff:10.0.0.5')).not.toBe(addressKey('::ffff:10.0.0.6'));
});
