export const first = `
create table jobs (
  id integer primary key autoincrement,
  user text not null,
  name text not null,
  state text not null check (state in ('receiving','checking','building','queued','held','starting','running','finished')),
  outcome text check ((state = 'finished') = (outcome is not null)),
  reason text,
  source text not null,
  inbox text,
  file text not null,
  receiptName text,
  receiptRevision integer not null default 0,
  identity text,
  zipPath text,
  zipPlace text not null,
  zipSha256 text,
  zipBytes integer,
  unverified integer not null,
  notes text not null,
  problems text not null default '[]',
  submission text,
  numGpus integer,
  numSlots integer,
  memoryBytes integer,
  cpus real,
  image text,
  imageId text,
  buildLog text,
  exitCode integer,
  attempt integer not null default 0,
  createdAt integer not null,
  queuedAt integer,
  startedAt integer,
  finishedAt integer,
  cancelRequestedAt integer,
  cancelActor text,
  hold text,
  heldBy text,
  priority integer not null default 0,
  nice integer not null default 0,
  ownRank integer,
  placeAt integer,
  notBeforeAt integer,
  timeLimitMs integer,
  dependsOn text,
  arrayId integer references jobs (id),
  retryOf integer,
  changes text,
  arrayIndex integer,
  arrayCount integer,
  maxParallel integer,
  promisedAt integer,
  foreseenP50At integer,
  foreseenP90At integer,
  promisedP50At integer,
  promisedP90At integer,
  clearedAt integer,
  revision integer not null default 1
) strict;
-- Holds all that counting and paging of a long history looks at.
create index jobsByState on jobs (state, finishedAt, clearedAt);
create index jobsByUser on jobs (user, state, finishedAt);
create index jobsByPromise on jobs (promisedAt) where promisedAt is not null;
-- All that text is looked for in, with what a list is narrowed and sorted by: read instead of the rows.
create index jobsByText on jobs (lower(name || char(10) || file || char(10) || coalesce(reason, '')), state, finishedAt, clearedAt);
-- A long history in the order of each column; an entry is written once, at the end of a job.
create index historyById on jobs (id) where state = 'finished' and clearedAt is null;
create index historyByName on jobs (name collate nocase) where state = 'finished' and clearedAt is null;
create index historyByUser on jobs (user collate nocase) where state = 'finished' and clearedAt is null;
create index historyByGpus on jobs (numGpus) where state = 'finished' and clearedAt is null;
create index historyByMemory on jobs (memoryBytes) where state = 'finished' and clearedAt is null;
create index historyByCreation on jobs (createdAt) where state = 'finished' and clearedAt is null;
create index historyByQueueing on jobs (queuedAt) where state = 'finished' and clearedAt is null;
create index historyByStart on jobs (startedAt) where state = 'finished' and clearedAt is null;
create index historyByEnd on jobs (finishedAt) where state = 'finished' and clearedAt is null;
create index historyByWait on jobs (startedAt - queuedAt) where state = 'finished' and clearedAt is null;
create index historyByRun on jobs (finishedAt - startedAt) where state = 'finished' and clearedAt is null;
create index jobsByIdentity on jobs (identity) where identity is not null;
create index jobsByFile on jobs (inbox, file) where inbox is not null;
create index jobsByReceipt on jobs (inbox, receiptName) where receiptName is not null;
create index jobsByDependency on jobs (id) where dependsOn is not null and state <> 'finished';
create index jobsByArray on jobs (arrayId, arrayIndex) where arrayId is not null;
create index jobsByPlace on jobs (queuedAt) where state = 'queued';
create index jobsByName on jobs (user, name, id);
create unique index oneReceivingPerFile on jobs (inbox, file) where state = 'receiving' and inbox is not null;

create table attempts (
  jobId integer not null references jobs (id),
  number integer not null,
  machineId text not null,
  gpuUuids text not null,
  gpuModels text not null,
  slotsPerGpu integer not null,
  numSlots integer not null,
  gpuMemoryBytes integer,
  gpuShare real not null,
  memoryBytes integer not null,
  cpus real not null,
  containerName text not null unique,
  containerId text,
  logPath text not null,
  logComplete integer not null default 0,
  warnedAt integer,
  createdAt integer not null,
  startedAt integer,
  endedAt integer,
  exitCode integer,
  outcome text,
  cleared integer not null default 0,
  primary key (jobId, number)
) strict;
create index attemptsByEnd on attempts (endedAt) where startedAt is not null;
create index attemptsByContainer on attempts (containerId) where containerId is not null;
create index attemptsToClear on attempts (cleared) where cleared = 0;

create table gpuSlots (
  gpuUuid text not null,
  slot integer not null,
  jobId integer not null references jobs (id),
  primary key (gpuUuid, slot)
) strict;

create table events (
  seq integer primary key autoincrement,
  at integer not null,
  jobId integer references jobs (id),
  actor text not null,
  kind text not null,
  message text not null
) strict;
create index eventsByJob on events (jobId, seq);

create table users (
  name text primary key,
  email text,
  uid integer not null unique,
  role text not null default 'user' check (role in ('user','operator','admin')),
  shares real not null default 1,
  maxRunningJobs integer,
  maxRunningGpus integer,
  maxQueuedJobs integer,
  disabledAt integer,
  createdAt integer not null
) strict;

create table drains (
  subject text primary key,
  reason text not null,
  actor text not null,
  at integer not null
) strict;

create table secrets (
  id integer primary key autoincrement,
  user text not null references users (name),
  name text not null,
  sealed text not null,
  createdAt integer not null,
  updatedAt integer not null,
  retiredAt integer
) strict;
create unique index secretInForce on secrets (user, name) where retiredAt is null;

create table channels (
  id integer primary key autoincrement,
  user text not null references users (name),
  kind text not null,
  target text not null,
  events text not null,
  movedByMs integer not null,
  sealedKey text,
  createdAt integer not null,
  deliveredAt integer,
  failedAt integer,
  failure text
) strict;
create index channelsByUser on channels (user);

create table outbox (
  id integer primary key autoincrement,
  channelId integer not null references channels (id),
  event text not null,
  jobId integer,
  text text not null,
  payload text not null,
  about text not null,
  createdAt integer not null,
  tries integer not null,
  nextAt integer,
  deliveredAt integer,
  failure text,
  unique (channelId, about)
) strict;
create index outboxByDue on outbox (nextAt) where nextAt is not null;

create table samples (
  step integer not null,
  subject text not null,
  at integer not null,
  means text not null,
  peaks text not null,
  primary key (step, subject, at)
) strict, without rowid;
create index samplesByAge on samples (step, at);

create table jobUse (
  jobId integer primary key references jobs (id),
  measurements integer not null,
  cpuPercentSum real not null,
  memoryPeakBytes real not null,
  gpuMeasurements integer not null,
  gpuUtilizationSum real not null,
  gpuIdleSum real not null,
  gpuMemoryPeakBytes real
) strict;

create table jobConfigs (
  jobId integer primary key references jobs (id),
  content text not null
) strict;

create table logins (
  user text primary key collate nocase,
  email text,
  password text not null,
  createdAt integer not null,
  approvedAt integer
) strict;

create table credentials (
  id integer primary key autoincrement,
  kind text not null check (kind in ('session','token','invitation')),
  user text not null,
  hash text not null unique,
  name text not null,
  scope text not null check (scope in ('read','jobs','all')),
  createdAt integer not null,
  expiresAt integer,
  usedAt integer,
  usedFrom text
) strict;
create index credentialsByUser on credentials (user, kind);

create table audit (
  seq integer primary key autoincrement,
  at integer not null,
  who text not null,
  role text not null,
  how text not null,
  fromWhere text not null,
  what text not null,
  which text,
  details text,
  result text not null check (result in ('done','refused','failed')),
  code text
) strict;
create index auditByWho on audit (who, seq);
create trigger auditIsNeverChanged before update on audit begin select raise(abort, 'the audit log is append-only'); end;
create trigger auditIsNeverDeleted before delete on audit begin select raise(abort, 'the audit log is append-only'); end;

create table settings (key text primary key, value text not null) strict;
`;
