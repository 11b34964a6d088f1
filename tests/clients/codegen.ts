// What graphql-codegen makes of schema.graphql and of the documents of `frontends/documents.ts`: typed documents, for
// any client that takes a TypedDocumentNode; and, so that all of the schema is looked at, a type for everything in it.
import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: '../../schema.graphql',
  documents: ['frontends/documents.ts'],
  config: {
    useTypeImports: true,
    enumsAsTypes: true,
    // A scalar that is not named here is refused, and so never taken for `any`.
    strictScalars: true,
    scalars: {
      Date: 'string',
      DateTime: 'string',
      Locale: 'string',
      Long: 'number',
      UUID: 'string',
    },
  },
  generates: {
    'frontends/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: { unmaskFunctionName: 'unmask' } },
    },
    'frontends/generated/schema.ts': { plugins: ['typescript'] },
  },
};

export default config;
