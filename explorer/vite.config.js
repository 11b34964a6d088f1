import { defineConfig } from 'vite';

export default defineConfig({
  // Relative addresses: the page works behind a path prefix too.
  base: './',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    // The polyfill would be an inline script; every browser that runs GraphiQL 5 preloads modules by itself.
    modulePreload: { polyfill: false },
    // What the bundled packages' licences ask to be handed on with them.
    license: { fileName: 'licences.md' },
    // The editor is one large chunk on purpose.
    chunkSizeWarningLimit: 6000,
    // "use client" means something to React's server components alone, of which there are none here.
    rolldownOptions: { onLog: (level, log, log_) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && log_(level, log) },
  },
  worker: { format: 'es' },
});
