import { NOTICE_EVENTS, type Channel, type Delivery, type NoticeEvent } from '@dopq/contract';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Connection, withServer } from '../connection.ts';
import { Failure } from '../failure.ts';
import { formatDuration, formatTime } from '../format.ts';
import { globalOptions, type ListFormat, outputOption, parseCount, withExamples } from '../options.ts';
import { type Column, orDash, print, printJson, printTable, say } from '../output.ts';
import { parseLength } from '../instants.ts';
import { cleanLine } from '../terminal-text.ts';

interface AddOptions {
  on: NoticeEvent[];
  movedBy?: number;
  user?: string;
}

interface ListOptions {
  user?: string;
  output: ListFormat;
}

const WHOSE = 'whose; for administrators';
/** What most people want to hear of. */
const USUAL: NoticeEvent[] = ['finished', 'failed'];

export function define(notify: Command): void {
  withExamples(
    notify,
    'dopq notify email me@lab.org',
    'dopq notify webhook https://chat.lab.org/hook',
    'dopq notify ls',
  );
  addChannels(notify);

  const test = notify
    .command('test')
    .description('send one now, and say what became of it')
    .argument('<number>', 'number of the channel', parseCount)
    .action(async (id: number, _: unknown, command: Command) => {
      const { delivered, failure } = await withServer(globalOptions(command), ({ client }) =>
        client.notifications.test({ id }),
      );
      if (!delivered) throw new Failure(`It did not get through: ${failure ?? 'nobody knows why'}.`.replace('..', '.'));
      print(`channel ${id} works: a test was delivered`);
    });
  withExamples(test, 'dopq notify test 1');

  addLists(notify);

  const remove = notify
    .command('rm')
    .description('remove a channel')
    .argument('<number>', 'number of the channel', parseCount)
    .action(async (id: number, _: unknown, command: Command) => {
      await withServer(globalOptions(command), ({ client }) => client.notifications.remove({ id }));
      print(`channel ${id} is removed`);
    });
  withExamples(remove, 'dopq notify rm 1');
}

function addChannels(notify: Command): void {
  const email = withWishes(
    notify
      .command('email')
      .description('be told by e-mail')
      .argument('[address]', "where (default: the user's own address)"),
  ).action((address: string | undefined, own: AddOptions, command: Command) =>
    add(command, own, ({ client }, wishes) =>
      client.notifications.add({ kind: 'email', ...wishes, ...(address !== undefined && { target: address }) }),
    ),
  );
  withExamples(email, 'dopq notify email', 'dopq notify email me@lab.org --on finished,failed,limit_near');

  const webhook = withWishes(
    notify
      .command('webhook')
      .description('be told by a signed POST (Standard Webhooks); the key of the signatures is printed this once')
      .argument('<url>', 'where'),
  ).action((url: string, own: AddOptions, command: Command) =>
    add(command, own, ({ client }, wishes) => client.notifications.add({ kind: 'webhook', ...wishes, target: url })),
  );
  withExamples(webhook, 'dopq notify webhook https://chat.lab.org/hook --on started,moved --moved-by 2h');
}

function withWishes(command: Command): Command {
  return command
    .addOption(
      new Option('--on <events>', `of what, with commas: ${NOTICE_EVENTS.join(', ')}`)
        .argParser(parseEvents)
        .default(USUAL, USUAL.join(',')),
    )
    .option('--moved-by <time>', 'moved: only if a predicted start moves by more (default 1h)', parseLength)
    .option('-u, --user <user>', WHOSE);
}

type Wishes = { events: NoticeEvent[]; user?: string; moved_by_seconds?: number };

async function add(
  command: Command,
  { on, movedBy, user }: AddOptions,
  ask: (connection: Connection, wishes: Wishes) => ReturnType<Connection['client']['notifications']['add']>,
): Promise<void> {
  const wishes = {
    events: on,
    ...(user !== undefined && { user }),
    ...(movedBy !== undefined && { moved_by_seconds: movedBy }),
  };
  const { channel, secret } = await withServer(globalOptions(command), (connection) => ask(connection, wishes));
  const { id, target, events } = channel;
  // The key is data: a script has to keep it. Everything else is talk then.
  (secret === null ? print : say)(`channel ${id} tells ${cleanLine(target)} of ${events.join(', ')}`);
  if (secret !== null) {
    print(secret);
    say('That is the key of its signatures. It is not shown again.');
  }
  say(`\`dopq notify test ${id}\` tries it out.`);
}

function addLists(notify: Command): void {
  const ls = notify
    .command('ls')
    .description('list the channels')
    .option('-u, --user <user>', WHOSE)
    .addOption(outputOption('table', 'json'))
    .action(async ({ user, output }: ListOptions, command: Command) => {
      const found = await withServer(globalOptions(command), ({ client }) => client.notifications.list({ user }));
      if (output === 'json') return printJson(({ Channel }) => Channel.array(), found);
      await printTable(channelColumns, found);
      if (found.length === 0) say('No channels. Add one with `dopq notify email` or `dopq notify webhook URL`.');
    });
  withExamples(ls, 'dopq notify ls', 'dopq notify ls -o json');

  const log = notify
    .command('log')
    .description('the newest hundred notices, with those that did not get through and why')
    .option('-u, --user <user>', WHOSE)
    .addOption(outputOption('table', 'json'))
    .action(async ({ user, output }: ListOptions, command: Command) => {
      const found = await withServer(globalOptions(command), ({ client }) => client.notifications.deliveries({ user }));
      if (output === 'json') return printJson(({ Delivery }) => Delivery.array(), found);
      await printTable(deliveryColumns, found);
      if (found.length === 0) say('Nothing was sent yet.');
    });
  withExamples(log, 'dopq notify log', 'dopq notify log -o json');
}

function parseEvents(text: string): NoticeEvent[] {
  return text.split(',').map((word) => {
    const event = NOTICE_EVENTS.find((known) => known === word.trim());
    if (event === undefined) throw new InvalidArgumentError(`"${word}" is none of ${NOTICE_EVENTS.join(', ')}.`);
    return event;
  });
}

const channelColumns: Column<Channel>[] = [
  { head: 'ID', align: 'right', cell: ({ id }) => String(id) },
  { head: 'KIND', cell: ({ kind }) => kind },
  { head: 'TO', elastic: true, cell: ({ target }) => orDash(target) },
  {
    head: 'OF',
    elastic: true,
    cell: ({ events, moved_by_seconds: by }) =>
      events.map((event) => (event === 'moved' ? `moved by ${formatDuration(by * 1000)}` : event)).join(', '),
  },
  { head: 'LAST DELIVERED', cell: ({ delivered_at: at }) => (at === null ? '-' : formatTime(at)) },
  { head: 'TROUBLE', cell: troubleOf },
];

/** Why the newest one did not get through; one that did has healed what was before it. */
function troubleOf({ delivered_at: well, failed_at: badly, failure, waiting }: Channel): string {
  const isIll = badly !== null && (well === null || badly > well);
  const words = [isIll ? orDash(failure) : '', waiting > 0 ? `${waiting} waiting` : ''].filter((part) => part !== '');
  return words.join(', ') || '-';
}

const deliveryColumns: Column<Delivery>[] = [
  { head: 'AT', cell: ({ created_at: at }) => formatTime(at) },
  { head: 'CHANNEL', align: 'right', cell: ({ channel }) => String(channel) },
  { head: 'EVENT', cell: ({ event }) => orDash(event) },
  { head: 'STATE', cell: ({ state }) => state.replaceAll('_', ' ') },
  { head: 'TRIES', align: 'right', cell: ({ tries }) => String(tries) },
  { head: 'WHAT', elastic: true, cell: ({ text }) => orDash(text) },
  { head: 'TROUBLE', cell: ({ failure }) => orDash(failure) },
];
