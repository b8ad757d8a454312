// Debian's Chromium, and what every page has to keep to: no error, nothing refused by its policy, no dialog nobody asked for.
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A busy machine may take its time. */
const PATIENCE_MS = 30_000;

export interface Visitor extends AsyncDisposable {
  page: Page;
  /** What went wrong on the page so far, in words. */
  complaints: string[];
  open(address: string): Promise<void>;
}

export async function startBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGUMENTS });
}

/** @param ignore complaints that a test expects: a part of their words */
export async function visit(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions & { ignore?: RegExp } = {},
): Promise<Visitor> {
  const { ignore, ...context } = options;
  const window = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...context });
  window.setDefaultTimeout(PATIENCE_MS);
  const page = await window.newPage();
  const complaints: string[] = [];
  const complain = (words: string): void => {
    if (!ignore?.test(words)) complaints.push(words);
  };
  page.on('pageerror', (error) => complain(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complain(`${message.type()}: ${message.text()}`);
  });
  page.on('dialog', (dialog) => {
    complain(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return {
    page,
    complaints,
    open: async (address) => void (await page.goto(`${origin}${address}`)),
    [Symbol.asyncDispose]: () => window.close(),
  };
}
