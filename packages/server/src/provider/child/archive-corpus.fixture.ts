// What people really drop, and what nobody honest does, each with what its owner has to read.
import { crc32, deflateRawSync } from 'node:zlib';
import { zip } from '@dopq/testbed';
import { type RawEntry, rawZip } from './raw-zip.fixture.ts';

export interface Sample {
  title: string;
  bytes(): Buffer | Promise<Uint8Array>;
  /** `ok`, or what the receipt says: parts of the problem's text, all of them. */
  expect: 'ok' | readonly string[];
  /** Looks like a copy that has not finished. */
  damaged?: boolean;
  /** Files of the build context, if that is worth a check. */
  context?: readonly string[];
  notes?: readonly string[];
}

/** Small enough that a bomb is small too. */
export const CORPUS_LIMITS = { maxEntries: 1000, maxUnpackedBytes: 512 * 1024 ** 2 };

const CONFIG = '{"name": "hello world", "executor_name": "alice"}';
const DOCKERFILE = 'FROM busybox\nCOPY . /code\n';
const config: RawEntry = { name: 'container_config.json', data: CONFIG };
const dockerfile: RawEntry = { name: 'Dockerfile', data: DOCKERFILE };
const both = [config, dockerfile];
const code: RawEntry = { name: 'code/main.py', data: 'print("hi")\n', method: 8 };
const file = (name: string | Buffer, more: Partial<RawEntry> = {}): RawEntry => ({ name, data: 'x', ...more });
const withConfig = (text: string | Buffer) => rawZip([{ name: 'container_config.json', data: text }, dockerfile]);
const json = (value: object) => withConfig(JSON.stringify({ name: 'hello world', executor_name: 'alice', ...value }));

const honest: Sample[] = [
  {
    title: 'files at the top',
    bytes: () => rawZip([...both, code]),
    expect: 'ok',
    context: ['Dockerfile', 'code/main.py', 'container_config.json'],
  },
  {
    title: 'packed by a library',
    bytes: () => zip({ 'container_config.json': CONFIG, Dockerfile: DOCKERFILE }),
    expect: 'ok',
  },
  {
    title: 'zip64',
    bytes: () => zip({ 'container_config.json': CONFIG, Dockerfile: DOCKERFILE }, { zip64: true }),
    expect: 'ok',
  },
  {
    title: 'stored without packing',
    bytes: () => zip({ 'container_config.json': CONFIG, Dockerfile: DOCKERFILE }, { level: 0 }),
    expect: 'ok',
  },
  { title: 'a comment at the end', bytes: () => rawZip(both, { comment: 'made by me' }), expect: 'ok' },
  {
    title: 'names that start with ./',
    bytes: () =>
      rawZip(
        [file('./'), { ...config, name: './container_config.json' }, { ...dockerfile, name: './Dockerfile' }].map(
          (entry) => (entry.name === './' ? { ...entry, data: '', mode: 0o040755 } : entry),
        ),
      ),
    expect: 'ok',
    context: ['Dockerfile', 'container_config.json'],
  },
  {
    title: 'a folder named twice',
    bytes: () => rawZip([{ name: 'code/', mode: 0o040755 }, code, { name: 'code/', mode: 0o040755 }, ...both]),
    expect: 'ok',
  },
  {
    title: "PowerShell's backslashes",
    bytes: () => rawZip([...both, { ...code, name: 'code\\main.py', mode: 0 }, { name: 'data\\', mode: 0 }]),
    expect: 'ok',
    context: ['Dockerfile', 'code/main.py', 'container_config.json'],
  },
  {
    title: "Finder's __MACOSX and ._ files",
    bytes: () =>
      rawZip([
        { ...config, name: 'proj/container_config.json' },
        { ...dockerfile, name: 'proj/Dockerfile' },
        file('__MACOSX/proj/._Dockerfile'),
        file('proj/.DS_Store'),
        file('proj/._code'),
      ]),
    expect: 'ok',
    context: ['Dockerfile', 'container_config.json'],
  },
  {
    title: 'a single top folder',
    bytes: () =>
      rawZip([
        { name: 'p/', mode: 0o040755 },
        { ...config, name: 'p/container_config.json' },
        { ...dockerfile, name: 'p/Dockerfile' },
        { ...code, name: 'p/code/main.py' },
      ]),
    expect: 'ok',
    context: ['Dockerfile', 'code/main.py', 'container_config.json'],
  },
  {
    title: 'a top folder with another Dockerfile deeper',
    bytes: () =>
      rawZip([
        { ...config, name: 'p/container_config.json' },
        { ...dockerfile, name: 'p/Dockerfile' },
        { ...dockerfile, name: 'p/old/Dockerfile' },
      ]),
    expect: 'ok',
  },
  {
    title: 'the configuration in one of two folders',
    bytes: () =>
      rawZip([
        { ...config, name: 'a/container_config.json' },
        { ...dockerfile, name: 'a/Dockerfile' },
        file('b/data.txt'),
      ]),
    expect: 'ok',
    context: ['Dockerfile', 'container_config.json'],
  },
  {
    title: 'the Dockerfile in a folder of its own',
    bytes: () => rawZip([config, { ...dockerfile, name: 'docker/Dockerfile' }]),
    expect: 'ok',
    context: ['Dockerfile'],
  },
  { title: 'a byte order mark before the JSON', bytes: () => withConfig(`\ufeff${CONFIG}`), expect: 'ok' },
  {
    title: 'JSON as UTF-16, as Notepad saves it',
    bytes: () => withConfig(Buffer.from(`\ufeff${CONFIG}`, 'utf16le')),
    expect: 'ok',
  },
  { title: 'JSON with Windows line ends', bytes: () => withConfig(CONFIG.replace(', ', ',\r\n  ')), expect: 'ok' },
  {
    title: 'names in UTF-8 without the flag',
    bytes: () => rawZip([...both, file('däta/größe.txt', { flags: 0 })]),
    expect: 'ok',
  },
  {
    title: 'names in NFC and NFD are two files',
    bytes: () => rawZip([...both, file('é.txt'.normalize('NFC')), file('é.txt'.normalize('NFD'))]),
    expect: 'ok',
  },
  { title: 'names that differ in case', bytes: () => rawZip([...both, file('Readme'), file('README')]), expect: 'ok' },
  { title: 'names with two dots in them', bytes: () => rawZip([...both, file('..data/a..b')]), expect: 'ok' },
  {
    title: 'made on DOS, without permissions',
    bytes: () => rawZip(both.map((entry) => ({ ...entry, mode: 0, dosAttributes: 0x20 }))),
    expect: 'ok',
  },
  {
    title: 'a script that may be run',
    bytes: () => rawZip([...both, file('run.sh', { mode: 0o100755 })]),
    expect: 'ok',
  },
  {
    title: 'a set-uid file loses that bit',
    bytes: () => rawZip([...both, file('su', { mode: 0o104755 })]),
    expect: 'ok',
  },
  { title: 'an empty file', bytes: () => rawZip([...both, file('empty', { data: '' })]), expect: 'ok' },
  {
    title: 'an archive inside',
    bytes: () => rawZip([...both, file('nested.zip', { data: rawZip(both) })]),
    expect: 'ok',
  },
  {
    title: 'contents that look like an end record',
    bytes: () => rawZip([...both, file('fake', { data: Buffer.from('PK\u0005\u0006aaaaaaaaaaaaaaaaaaaaaaaa') })]),
    expect: 'ok',
  },
  {
    title: 'a secret in the Dockerfile is remarked on',
    bytes: () => rawZip([config, { ...dockerfile, data: 'FROM busybox\nARG HF_TOKEN\n' }]),
    expect: 'ok',
    notes: ['HF_TOKEN looks like a secret'],
  },
  {
    title: 'an image that is there already',
    bytes: () =>
      rawZip([{ ...config, data: '{"name": "hello world", "build_flag": false, "image": "busybox:latest"}' }]),
    expect: 'ok',
  },
  { title: 'no executor, as the inbox says it', bytes: () => withConfig('{"name": "hello world"}'), expect: 'ok' },
];

const unfinished: Sample[] = [
  { title: 'no bytes', bytes: () => Buffer.alloc(0), expect: ['no zip file'], damaged: true },
  {
    title: 'zeros only, as reserved by a copier',
    bytes: () => Buffer.alloc(5000),
    expect: ['no end record'],
    damaged: true,
  },
  {
    title: 'some text',
    bytes: () => Buffer.from('this is no zip, it is only called so'),
    expect: ['no end record'],
    damaged: true,
  },
  {
    title: 'cut off in the middle',
    bytes: () => cut(rawZip([...both, code]), 0.5),
    expect: ['no end record'],
    damaged: true,
  },
  {
    title: 'cut off before the last byte',
    bytes: () => cut(rawZip([...both, code]), 0.999),
    expect: ['no end record'],
    damaged: true,
  },
  {
    title: 'a hole of zeros in the data',
    bytes: () => hole(rawZip([file('data.bin', { data: Buffer.alloc(4000, 7) }), ...both]), 100, 200),
    expect: ['data.bin', 'checksum'],
    damaged: true,
  },
  {
    title: 'a hole of zeros over a header',
    bytes: () => hole(rawZip([file('data.bin'), ...both]), 0, 20),
    expect: ['data.bin', 'no header'],
    damaged: true,
  },
  {
    title: 'a RAR',
    bytes: () => Buffer.concat([Buffer.from('Rar!\u001a\u0007\u0000'), Buffer.alloc(500, 1)]),
    expect: ['no end record'],
    damaged: true,
  },
];

const lying: Sample[] = [
  {
    title: 'a wrong checksum',
    bytes: () => rawZip([...both, file('a.txt', { crc: 1 })]),
    expect: ['a.txt', 'checksum'],
    damaged: true,
  },
  {
    title: 'a wrong checksum of a packed file',
    bytes: () => rawZip([...both, { ...code, crc: 1 }]),
    expect: ['code/main.py', 'checksum'],
    damaged: true,
  },
  {
    title: 'packed data that is no packed data',
    bytes: () => rawZip([...both, { ...code, packed: Buffer.alloc(30, 0xff) }]),
    expect: ['code/main.py'],
    damaged: true,
  },
  {
    title: 'a larger size than it has',
    bytes: () => rawZip([...both, { ...code, size: 5000 }]),
    expect: ['code/main.py'],
    damaged: true,
  },
  {
    title: 'a smaller size than it has',
    bytes: () => rawZip([...both, { ...code, data: 'x'.repeat(100_000), size: 5 }]),
    expect: ['code/main.py', 'size'],
    damaged: true,
  },
  {
    title: 'data beyond the end',
    bytes: () => rawZip([...both, file('a.txt', { packedSize: 1_000_000, size: 1_000_000 })]),
    expect: ['a.txt'],
    damaged: true,
  },
  {
    title: 'a header that names another file',
    bytes: () => rawZip([...both, file('good.txt', { localName: 'evil.txt' })]),
    expect: ['good.txt', 'two ways'],
  },
  {
    title: 'a directory elsewhere than it says',
    bytes: () => rawZip(both, { directoryShift: -7 }),
    expect: ['job.zip'],
  },
  { title: 'fewer entries than there are', bytes: () => rawZip([...both, code], { count: 1 }), expect: ['job.zip'] },
  {
    title: 'more entries than there are',
    bytes: () => rawZip(both, { count: 9 }),
    expect: ['damaged directory'],
    damaged: true,
  },
  { title: 'junk before', bytes: () => rawZip(both, { before: '#!/bin/sh\nexit\n' }), expect: ['bytes before'] },
  { title: 'junk after', bytes: () => rawZip(both, { after: 'something' }), expect: ['job.zip'] },
  {
    title: 'junk between directory and end',
    bytes: () => rawZip(both, { betweenDirectoryAndEnd: 'something' }),
    expect: ['job.zip'],
  },
  { title: 'two zips in one', bytes: () => Buffer.concat([rawZip([file('a')]), rawZip(both)]), expect: ['job.zip'] },
  { title: 'a name that is twice there', bytes: () => rawZip([...both, dockerfile]), expect: ['Dockerfile', 'twice'] },
  {
    title: 'a name twice, once with ./',
    bytes: () => rawZip([...both, { ...dockerfile, name: './Dockerfile' }]),
    expect: ['Dockerfile', 'twice'],
  },
  {
    title: 'a name twice, once with a backslash',
    bytes: () => rawZip([...both, code, { ...code, name: 'code\\main.py' }]),
    expect: ['code/main.py', 'twice'],
  },
  {
    title: 'a file and a folder of one name',
    bytes: () => rawZip([...both, file('code'), code]),
    expect: ['code', 'file and a folder'],
  },
  {
    title: 'a folder with contents',
    bytes: () => rawZip([...both, file('code/', { mode: 0o040755 })]),
    expect: ['code/', 'folder with contents'],
  },
];

const hostile: Sample[] = [
  {
    title: 'a way out',
    bytes: () => rawZip([...both, file('../../etc/cron.d/evil')]),
    expect: ['../../etc/cron.d/evil', '..'],
  },
  {
    title: 'a way out with backslashes',
    bytes: () => rawZip([...both, file('..\\..\\evil')]),
    expect: ['..', 'leaves the archive'],
  },
  {
    title: 'a way out in the middle',
    bytes: () => rawZip([...both, file('a/../../evil')]),
    expect: ['leaves the archive'],
  },
  {
    title: 'an absolute name',
    bytes: () => rawZip([...both, file('/etc/passwd')]),
    expect: ['/etc/passwd', 'absolute'],
  },
  { title: 'a network name', bytes: () => rawZip([...both, file('\\\\server\\share\\x')]), expect: ['absolute'] },
  { title: 'a drive', bytes: () => rawZip([...both, file('C:\\Windows\\x')]), expect: ['drive'] },
  {
    title: 'an escape sequence in a name',
    bytes: () => rawZip([...both, file('\u001b[2Jgone')]),
    expect: ['\\u001b', 'control'],
  },
  { title: 'a NUL in a name', bytes: () => rawZip([...both, file('a\0.txt')]), expect: ['control'] },
  {
    title: 'a name that is not UTF-8',
    bytes: () => rawZip([...both, file(Buffer.from('gr\u00f6\u00dfe.txt', 'latin1'), { flags: 0 })]),
    expect: ['not valid UTF-8'],
  },
  {
    title: 'a name that claims UTF-8 and is not',
    bytes: () => rawZip([...both, file(Buffer.from([0x61, 0xff, 0xfe]))]),
    expect: ['not valid UTF-8'],
  },
  {
    title: 'an overlong slash',
    bytes: () => rawZip([...both, file(Buffer.from([0x2e, 0x2e, 0xc0, 0xaf, 0x78]))]),
    expect: ['not valid UTF-8'],
  },
  { title: 'a very long name', bytes: () => rawZip([...both, file('x'.repeat(300))]), expect: ['too long'] },
  { title: 'a very deep name', bytes: () => rawZip([...both, file(`${'d/'.repeat(200)}x`)]), expect: ['100 folders'] },
  {
    title: 'a symbolic link',
    bytes: () => rawZip([...both, file('link', { data: '/etc/shadow', mode: 0o120777 })]),
    expect: ['link', 'symbolic link'],
  },
  {
    title: 'a link that a file lies in',
    bytes: () => rawZip([...both, file('d', { data: '/etc', mode: 0o120777 }), file('d/passwd')]),
    expect: ['symbolic link'],
  },
  { title: 'a FIFO', bytes: () => rawZip([...both, file('pipe', { mode: 0o010644 })]), expect: ['pipe', 'FIFO'] },
  {
    title: 'a device',
    bytes: () => rawZip([...both, file('sda', { mode: 0o060644 })]),
    expect: ['sda', 'block device'],
  },
  {
    title: 'a character device',
    bytes: () => rawZip([...both, file('null', { mode: 0o020644 })]),
    expect: ['character device'],
  },
  { title: 'a socket', bytes: () => rawZip([...both, file('sock', { mode: 0o140644 })]), expect: ['socket'] },
  {
    title: 'a password',
    bytes: () => zip({ 'container_config.json': { content: CONFIG, password: 'secret' }, Dockerfile: DOCKERFILE }),
    expect: ['password'],
  },
  {
    title: 'an encrypted flag',
    bytes: () => rawZip([config, { ...dockerfile, flags: 0x0801 }]),
    expect: ['Dockerfile', 'password'],
  },
  { title: 'an unknown compression', bytes: () => rawZip([...both, file('a.bin', { method: 99 })]), expect: ['a.bin'] },
  {
    title: 'a compression that nobody here knows (xz)',
    bytes: () => rawZip([...both, file('a.bin', { method: 95 })]),
    expect: ['a.bin', 'compression'],
  },
  { title: 'a flat bomb', bytes: () => rawZip([...both, zeros('bomb', 300)]), expect: ['zip bomb'] },
  {
    title: 'a bomb of many',
    bytes: () => rawZip([...both, ...[1, 2, 3, 4, 5, 6].map((n) => zeros(`bomb${n}`, 100))]),
    expect: ['more than is allowed'],
  },
  {
    title: 'a bomb that says it is small',
    bytes: () => rawZip([...both, { ...zeros('bomb', 100), size: 10 }]),
    expect: ['bomb'],
    damaged: true,
  },
  {
    title: 'a bomb whose entries share their bytes',
    bytes: () =>
      rawZip([
        ...both,
        zeros('kernel', 100),
        { ...zeros('kernel', 100), name: 'again', localName: 'kernel', packed: Buffer.alloc(0), offsetOf: 2 },
      ]),
    expect: ['again'],
  },
  {
    title: 'too many entries',
    bytes: () => rawZip([...both, ...Array.from({ length: 1001 }, (_, n) => file(`f${n}`))]),
    expect: ['more than 1000 entries'],
  },
  { title: 'a split archive', bytes: () => split(rawZip(both)), expect: ['split'] },
];

const misshapen: Sample[] = [
  { title: 'no entries', bytes: () => rawZip([]), expect: ['no container_config.json'] },
  { title: 'no configuration', bytes: () => rawZip([dockerfile]), expect: ['no container_config.json', 'Add a file'] },
  {
    title: 'the configuration in another case',
    bytes: () => rawZip([{ ...config, name: 'Container_Config.JSON' }, dockerfile]),
    expect: ['Container_Config.JSON', 'Rename'],
  },
  {
    title: 'two configurations in two folders',
    bytes: () =>
      rawZip([
        { ...config, name: 'a/container_config.json' },
        { ...config, name: 'b/container_config.json' },
      ]),
    expect: ['a/container_config.json, b/container_config.json'],
  },
  { title: 'no Dockerfile', bytes: () => rawZip([config, code]), expect: ['no Dockerfile'] },
  {
    title: 'a dockerfile in lower case',
    bytes: () => rawZip([config, { ...dockerfile, name: 'dockerfile' }]),
    expect: ['dockerfile', 'Rename'],
  },
  {
    title: 'two Dockerfiles in two folders',
    bytes: () => rawZip([config, { ...dockerfile, name: 'a/Dockerfile' }, { ...dockerfile, name: 'b/Dockerfile' }]),
    expect: ['a/Dockerfile, b/Dockerfile'],
  },
  {
    title: 'only what Finder adds',
    bytes: () => rawZip([file('__MACOSX/._x'), file('.DS_Store')]),
    expect: ['no container_config.json'],
  },
  { title: 'build_flag false without an image', bytes: () => json({ build_flag: false }), expect: ['docker save'] },
  {
    title: 'JSON that ends too early',
    bytes: () => withConfig('{"name": "hello world"'),
    expect: ['container_config.json', 'line 1'],
  },
  {
    title: 'JSON with a comma too many',
    bytes: () => withConfig('{\n"name": "hello world",\n}'),
    expect: ['container_config.json', 'line'],
  },
  { title: 'no object', bytes: () => withConfig('[]'), expect: ['container_config.json', 'object'] },
  { title: 'a mistyped key', bytes: () => json({ num_gpu: 1 }), expect: ['num_gpu', 'Did you mean "num_gpus"'] },
  {
    title: 'a huge configuration',
    bytes: () => withConfig(`{"name": "${'x'.repeat(300_000)}"}`),
    expect: ['container_config.json', '256k'],
  },
  { title: 'deep nesting', bytes: () => withConfig('['.repeat(50_000)), expect: ['container_config.json'] },
  {
    title: '__proto__',
    bytes: () => withConfig('{"name": "hello world", "__proto__": {"num_gpus": 99}}'),
    expect: ['__proto__'],
  },
  {
    title: 'bytes that are not UTF-8 in the configuration',
    bytes: () => withConfig(Buffer.from([0x7b, 0xff, 0x7d])),
    expect: ['not UTF-8'],
  },
  { title: 'GPUs in quotes', bytes: () => json({ num_gpus: '2' }), expect: ['num_gpus', 'without quotes'] },
  { title: 'half a GPU', bytes: () => json({ num_gpus: 0.5 }), expect: ['num_gpus'] },
  {
    title: 'more GPUs than any machine has',
    bytes: () => json({ num_gpus: 5 }),
    expect: ['num_gpus', 'largest machine here has 4'],
  },
  {
    title: 'more memory than any machine has',
    bytes: () => json({ required_memory: '99g' }),
    expect: ['required_memory', '64g'],
  },
  { title: 'a run_param of the host', bytes: () => json({ run_params: { privileged: true } }), expect: ['privileged'] },
  {
    title: 'everything wrong at once',
    bytes: () => json({ name: 7, num_gpus: -1, required_memory: 'much' }),
    expect: ['name', 'num_gpus', 'required_memory'],
  },
];

export const CORPUS: readonly Sample[] = [...honest, ...unfinished, ...lying, ...hostile, ...misshapen];

function cut(bytes: Buffer, part: number): Buffer {
  return bytes.subarray(0, Math.floor(bytes.length * part));
}

function hole(bytes: Buffer, from: number, to: number): Buffer {
  return Buffer.from(bytes).fill(0, from, to);
}

/** A number of MiB of zeros, packed a thousandfold. Packing takes time, so each size is packed once. */
function zeros(name: string, mebibytes: number): RawEntry {
  const known = packedZeros.get(mebibytes) ?? packZeros(mebibytes);
  packedZeros.set(mebibytes, known);
  return { name, method: 8, ...known };
}

type Zeros = Pick<Required<RawEntry>, 'packed' | 'crc' | 'size'>;

const packedZeros = new Map<number, Zeros>();

function packZeros(mebibytes: number): Zeros {
  const data = Buffer.alloc(mebibytes * 1024 ** 2);
  return { packed: deflateRawSync(data), crc: crc32(data), size: data.length };
}

/** The end record says that this is the second part. */
function split(bytes: Buffer): Buffer {
  const parts = Buffer.from(bytes);
  parts.writeUInt16LE(1, bytes.length - 22 + 4);
  return parts;
}
