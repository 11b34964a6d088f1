// Writes cdn.html, the explorer's page for a server that was built without the bundle, so without Node:
//
//   node cdn.mjs            writes it
//   node cdn.mjs --check    fails if it is not what this would write
//
// GraphiQL 5 itself is published as modules for bundlers, which no browser can load as they are. The package named here
// is GraphiQL 5 bundled by the GraphQL Yoga project, workers included. jsDelivr serves a package's files byte for byte,
// so the hashes that the page pins are worked out from the package as npm hands it out (and npm checks that).
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { examples } from './src/examples.js';

const name = '@graphql-yoga/graphiql';
const version = '4.5.0';
const base = `https://cdn.jsdelivr.net/npm/${name}@${version}/dist/`;
const files = {
  script: 'yoga-graphiql.umd.js',
  style: 'graphiql.css',
  editor: 'monacoeditorwork/editor.worker.bundle.js',
  graphql: 'monacoeditorwork/graphql.worker..bundle.js',
  json: 'monacoeditorwork/json.worker.bundle.js',
};

const hash = (algorithm, bytes) => `${algorithm}-${createHash(algorithm).update(bytes).digest('base64')}`;

/** Each file's place and hash, from the package as npm downloads it. */
function pins() {
  const folder = mkdtempSync(join(tmpdir(), 'newsroom-explorer-'));
  try {
    const [{ filename }] = JSON.parse(
      execFileSync('npm', ['pack', `${name}@${version}`, '--json', '--pack-destination', folder], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    execFileSync('tar', ['-xzf', join(folder, filename), '-C', folder]);
    return Object.fromEntries(
      Object.entries(files).map(([key, file]) => [
        key,
        { url: base + file, integrity: hash('sha384', readFileSync(join(folder, 'package', 'dist', file))) },
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const local = (path) => new URL(path, import.meta.url);
const indented = (text, by) => text.trimEnd().replaceAll(/^(?=.)/gm, ' '.repeat(by));

const script = `
${indented(
  readFileSync(local('src/cdn.js'), 'utf8')
    .replace('PINS', JSON.stringify(pins(), null, 2))
    // "<" would end the script element where a query holds "</script>".
    .replace('EXAMPLES', () => JSON.stringify(examples, null, 2).replaceAll('<', '\\u003c')),
  6,
)}
    `;

const policy = [
  "default-src 'none'",
  `script-src '${hash('sha256', script)}' ${base}`,
  'worker-src blob:',
  `connect-src 'self' ${base}`,
  `style-src 'self' 'unsafe-inline' ${base}`,
  'font-src data:',
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const icon = readFileSync(local('src/icon.svg'), 'utf8').trim();
const html = `<!doctype html>
<!-- Written by cdn.mjs: change that, src/cdn.js or src/examples.js. -->
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="robots" content="noindex" />
    <meta name="referrer" content="no-referrer" />
    <meta
      http-equiv="Content-Security-Policy"
      content="${policy}"
    />
    <title>Newsroom – GraphQL explorer</title>
    <link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}" />
    <style>
${indented(readFileSync(local('src/page.css'), 'utf8'), 6)}

      /* GraphiQL 5.2, which the pinned bundle holds, moves a tab away from under the first click. */
      .graphiql-tab {
        transform: none !important;
      }
    </style>
  </head>
  <body>
    <div id="explorer">
      <div class="notice">
        <h1>Newsroom – GraphQL explorer</h1>
        <p id="state">
          The explorer is loading. If this text stays, the browser has not run its script: it needs a current browser
          with JavaScript allowed.
        </p>
        <p>
          This server was built without the explorer's bundle, so this page takes GraphiQL 5 from
          <code>cdn.jsdelivr.net</code>: pinned versions, checked by their hashes. It needs the internet. To do without,
          run <code>npm ci &amp;&amp; npm run build</code> in <code>explorer/</code> and build the server again.
        </p>
        <p>
          The API itself needs none of this. Send queries to <a href="graphql"><code>graphql</code></a> beside this page,
          by <code>POST</code> as JSON or by <code>GET</code>.
        </p>
      </div>
    </div>
    <script>${script}</script>
  </body>
</html>
`;

const page = local('cdn.html');
if (process.argv.includes('--check')) {
  if (readFileSync(page, 'utf8') !== html) {
    console.error('explorer/cdn.html is out of date: run "npm run cdn" in explorer/');
    process.exit(1);
  }
  console.log('explorer/cdn.html pins what the registry serves');
} else {
  writeFileSync(page, html);
}
