import pkg from '../package.json' with { type: 'json' };

/** Version of this DoPQ. */
export const release = pkg.version;
