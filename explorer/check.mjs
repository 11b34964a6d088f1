// Opens the explorer of a running server in Chromium, as a reader would, and runs what its first tab holds:
//
//   node check.mjs http://127.0.0.1:8080/ [SCREENSHOT.png]
//
// Fails on an error in the console, on a request to any other host and on an answer that is not one.
// CHROMIUM names the browser; without it, the usual places are tried.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const [base, screenshot] = process.argv.slice(2);
if (!base) {
  console.error('usage: node check.mjs BASE_URL [SCREENSHOT.png]');
  process.exit(2);
}
const pageUrl = new URL(base.endsWith('/') ? base : `${base}/`);
const executablePath =
  process.env.CHROMIUM ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
if (!executablePath) {
  console.error('no Chromium found: install it, or name it in CHROMIUM');
  process.exit(2);
}

const browser = await chromium.launch({
  executablePath,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});

const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
try {
  const errors = [];
  const strangers = [];
  const failed = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('response', (response) => response.status() >= 400 && failed.push(`${response.status()} ${response.url()}`));
  await page.context().route('**/*', (route) => {
    const url = new URL(route.request().url());
    if (['data:', 'blob:'].includes(url.protocol) || url.host === pageUrl.host) return route.continue();
    strangers.push(url.href);
    return route.abort();
  });

  await page.goto(pageUrl.href);
  assert.equal(await page.title(), 'Newsroom – GraphQL explorer');

  // The schema has arrived once the documentation names its root.
  await page.getByRole('button', { name: /show documentation explorer/i }).click();
  await page.locator('.graphiql-doc-explorer').getByText('Query', { exact: true }).first().waitFor();

  const tabs = await page.getByRole('tab').allInnerTexts();
  assert.ok(tabs.length > 3 && tabs[0].trim() === 'FrontPage', `the example tabs are missing: ${tabs}`);

  // The editor arrives after the tabs, and the button does nothing before.
  await page.waitForFunction(
    () => document.querySelector('.graphiql-query-editor .view-lines')?.innerText.includes('FrontPage'),
  );
  const ofFrontPage = (answer) =>
    answer.url().endsWith('/graphql') && (answer.request().postData() ?? '').includes('query FrontPage');
  const run = async () => {
    const answered = page.waitForResponse(ofFrontPage, { timeout: 5000 }).catch(() => undefined);
    await page.getByRole('button', { name: /execute query/i }).click();
    return answered;
  };
  // On a slow machine the first click can come while the editor's workers start.
  const response = (await run()) ?? (await run()) ?? (await run());
  assert.ok(response, 'the button was clicked three times, and no query was sent');
  const answer = await response.json();
  assert.equal(response.status(), 200);
  assert.equal(answer.errors, undefined, JSON.stringify(answer.errors));
  const titles = answer.data.releases.nodes.map((release) => release.title);
  assert.ok(titles.length > 0, 'the first tab answered without a release');

  // And the reader sees it: the editor shows the first title in the answer's pane (its spaces are no-break ones there).
  await page.waitForFunction((title) => {
    const shown = document.querySelector('.result-window')?.innerText.replace(/\s+/g, ' ') ?? '';
    return shown.includes(title);
  }, titles[0].slice(0, 40));

  assert.deepEqual(strangers, [], 'the page asked other hosts');
  assert.deepEqual(failed, [], 'the server refused what the page asked for');
  assert.deepEqual(errors, [], 'the console has errors');
  console.log(`the explorer shows ${tabs.length} tabs and ${titles.length} releases; nothing was asked of another host`);
} finally {
  // Of a failure too: it says most.
  if (screenshot) await page.screenshot({ path: screenshot });
  await browser.close();
}
