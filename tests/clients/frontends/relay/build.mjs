// Bundles the program as a site is bundled: Relay's Babel plugin puts what relay-compiler made in the place of
// `graphql` tags.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transformAsync } from '@babel/core';
import { build } from 'esbuild';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

const relay = {
  name: 'relay',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]relay[\\/]\w+\.ts$/ }, async ({ path }) => {
      const { code } = await transformAsync(await readFile(path, 'utf8'), {
        filename: path,
        babelrc: false,
        configFile: false,
        presets: ['@babel/preset-typescript'],
        plugins: [['relay', { eagerEsModules: true }]],
      });
      return { contents: code, loader: 'js' };
    }),
};

await build({
  entryPoints: [at('program.ts')],
  outfile: at('../generated/relay.mjs'),
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  logLevel: 'warning',
  plugins: [relay],
});
