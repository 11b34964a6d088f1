// The script of cdn.html; cdn.mjs puts the pinned files and the example queries in and writes the page.
(() => {
  const pins = PINS;
  const examples = EXAMPLES;
  const explorer = document.getElementById('explorer');
  // Beside this page, whatever the path it is served under.
  const endpoint = new URL('graphql', document.baseURI).href;

  const element = (tag, attributes) =>
    new Promise((loaded, failed) => {
      const made = Object.assign(document.createElement(tag), { crossOrigin: 'anonymous', ...attributes });
      made.onload = loaded;
      made.onerror = () => failed(new Error(made.src || made.href));
      document.head.append(made);
    });

  // A worker's script must come from this origin, so each is fetched, checked by its hash and run from memory.
  const sources = {};
  const source = (pin) =>
    (sources[pin.url] ??= fetch(pin.url, { integrity: pin.integrity, credentials: 'omit' })
      .then((answer) => answer.blob())
      .then((blob) => URL.createObjectURL(new Blob([blob], { type: 'text/javascript' }))));
  globalThis.MonacoEnvironment = {
    getWorker: async (_id, label) => new Worker(await source(pins[label] ?? pins.editor)),
  };

  const fetcher = async ({ query, variables, operationName }, options) => {
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
        ...options?.headers,
      },
      body: JSON.stringify({ query, variables, operationName }),
    });
    return answer.json();
  };

  Promise.all([
    element('link', { rel: 'stylesheet', href: pins.style.url, integrity: pins.style.integrity }),
    element('script', { src: pins.script.url, integrity: pins.script.integrity }),
  ])
    .then(() => {
      explorer.replaceChildren();
      globalThis.YogaGraphiQL.renderYogaGraphiQL(explorer, {
        title: 'Newsroom',
        logo: ' ',
        fetcher,
        defaultTabs: examples.map(({ query, variables }) => ({
          query,
          variables: variables && JSON.stringify(variables, null, 2),
        })),
        // The bundle would otherwise open a tab of its own and keep the query in the page's address.
        initialQuery: undefined,
        onEditQuery: () => {},
        shouldPersistHeaders: false,
        defaultEditorToolsVisibility: 'variables',
      });
    })
    .catch((error) => {
      document.getElementById('state').textContent =
        `The explorer could not be loaded: ${error.message} did not come, or is not what this page expects.`;
    });
})();
