// The steps of `npm run check` and `npm test`, and the sum of their counts. Plain JavaScript: it runs before anything is installed.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const LINES_OF_A_FAILURE = 8;

export const root = fileURLToPath(new URL('..', import.meta.url));

/** The tools and the pinned Node of node_modules come first. */
export const toolEnv = {
  ...process.env,
  PATH: `${path.join(root, 'node_modules/.bin')}${path.delimiter}${process.env.PATH ?? ''}`,
};

/** Runs a command in the repository; resolves with its exit code. `atEnd`: its output is shown in one piece when it has ended. */
export function run(command, args, { atEnd = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: toolEnv,
      stdio: atEnd ? ['inherit', 'pipe', 'pipe'] : 'inherit',
    });
    const output = [];
    for (const stream of atEnd ? [child.stdout, child.stderr] : []) stream.on('data', (chunk) => output.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      process.stdout.write(Buffer.concat(output));
      resolve(code ?? 1);
    });
  });
}

/** A check that passes or fails as a whole. */
export async function check(title, command, ...args) {
  console.log(`\n== ${title}`);
  const code = await run(command, args);
  return { title, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
}

/** A vitest project; its own counts are what counts. A runner that dies without a report is one failure. */
export async function tests(project, { atEnd = false } = {}) {
  console.log(`\n== ${project} tests${atEnd ? ' (shown when they have ended)' : ''}`);
  const dir = mkdtempSync(path.join(tmpdir(), 'dopq-report-'));
  const report = path.join(dir, 'report.json');
  const code = await run(
    'vitest',
    ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    { atEnd },
  );
  try {
    const { numPassedTests: passed, numFailedTests: failed, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    const failures = testResults.flatMap(failuresOf);
    return { title: `${project} tests`, passed, failed: code !== 0 && failed === 0 ? 1 : failed, failures };
  } catch (error) {
    return { title: `${project} tests`, passed: 0, failed: 1, failures: [`no report: ${error.message}`] };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** What failed in one file of a vitest report: the title and the first lines of its message, or why the file could not be run. */
function failuresOf({ name, status, message, assertionResults }) {
  const file = path.relative(root, name);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (failed.length === 0) return status === 'failed' ? [`${file}\n${message}`] : [];
  const ours = (text) => text.split('\n').filter((line) => !line.includes('node_modules'));
  return failed.map((test) => [`${file} > ${test.fullName}`, ...test.failureMessages.flatMap(ours)].join('\n'));
}

/** Prints what failed, each with its first lines, because the end of a long log is what people see; then the sum, as the last line; sets the exit code. */
export function summarise(results) {
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  const bad = results.filter((result) => result.failed > 0);
  console.log('');
  for (const { title, failed, failures = [] } of bad) {
    console.log(`FAILED: ${title} (${failed})`);
    for (const failure of failures) {
      console.log(failure.split('\n', LINES_OF_A_FAILURE).join('\n').replace(/^/gm, '  '));
    }
  }
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
  process.exitCode = bad.length === 0 ? 0 : 1;
}

/** Everything that needs neither an engine nor a browser. */
export async function runChecks() {
  return [
    await check('format', 'biome', 'format', '.'),
    await check('lint', 'oxlint', '--type-aware', '--deny-warnings'),
    await check('types', 'npm', 'run', '--silent', 'types'),
    await check('unused code', 'knip'),
    await tests('unit'),
  ];
}
