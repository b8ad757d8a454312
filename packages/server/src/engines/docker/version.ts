import { EngineError } from '../engine.ts';

/** What `GET /version` says of the API, of interest here. */
export interface ApiVersions {
  ApiVersion: string;
  MinAPIVersion?: string;
}

/** The version this code is written and tested against (Docker 20.10). */
const SPOKEN = '1.41';

/** The oldest one with device requests (Docker 19.03); without them no GPU can be given. */
const OLDEST = '1.40';

/**
 * Picks the API version to speak: the one this was written against if the engine still has it, else the nearest that
 * the engine has, so that a newer engine behaves as the one the tests saw. Throws `refused` if the engine is too old.
 */
export function chooseApiVersion(engine: ApiVersions): string {
  if (compare(engine.ApiVersion, OLDEST) < 0) {
    throw new EngineError(
      'refused',
      `This Docker Engine speaks API ${engine.ApiVersion}; DoPQ needs ${OLDEST} (Docker 19.03) or newer. Upgrade Docker.`,
    );
  }
  const newest = compare(engine.ApiVersion, SPOKEN) < 0 ? engine.ApiVersion : SPOKEN;
  return engine.MinAPIVersion !== undefined && compare(newest, engine.MinAPIVersion) < 0
    ? engine.MinAPIVersion
    : newest;
}

function compare(left: string, right: string): number {
  const [leftMajor = 0, leftMinor = 0] = left.split('.').map(Number);
  const [rightMajor = 0, rightMinor = 0] = right.split('.').map(Number);
  return leftMajor - rightMajor || leftMinor - rightMinor;
}
