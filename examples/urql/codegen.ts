import type { CodegenConfig } from "@graphql-codegen/cli";
import { addTypenameSelectionDocumentTransform } from "@graphql-codegen/client-preset";

const config: CodegenConfig = {
  schema: "../../schema.graphql",
  documents: "src/**/*.{ts,tsx}",
  ignoreNoDocuments: false,
  generates: {
    "src/gql/": {
      preset: "client",
      documentTransforms: [addTypenameSelectionDocumentTransform], // as the cache sends them, so that the hashes fit
      presetConfig: {
        fragmentMasking: { unmaskFunctionName: "readFragment" },
        persistedDocuments: { hashAlgorithm: "sha256" },
      },
      config: {
        strictScalars: true,
        scalars: { DateTime: "string", Date: "string", Decimal: "string", Money: "string", BigInt: "string", JSON: "unknown", Base64: "string" },
        useTypeImports: true,
        enumsAsTypes: true,
      },
    },
    "src/gql/schema.json": { plugins: ["./graphcache-schema.cjs"] },
  },
};

export default config;
