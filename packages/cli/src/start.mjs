#!/usr/bin/env node
// Where `dopq` starts: as plain JavaScript, since what is loaded before the cache of compiled code is on is compiled each
// time, and TypeScript takes longer to read than a short command takes to run.
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';

// Not below /tmp, where others could plant code.
enableCompileCache(path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'dopq', 'compiled'));
await import('./main.ts');
