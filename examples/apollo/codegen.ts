import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "../../schema.graphql",
  documents: "src/**/*.{ts,tsx}",
  ignoreNoDocuments: false,
  generates: {
    "src/gql/": {
      preset: "client",
      presetConfig: { fragmentMasking: { unmaskFunctionName: "readFragment" } },
      config: {
        strictScalars: true,
        scalars: { DateTime: "string", Date: "string", Decimal: "string", Money: "string", BigInt: "string", JSON: "unknown", Base64: "string" },
        useTypeImports: true,
        enumsAsTypes: true,
      },
    },
    "src/gql/possibleTypes.ts": { plugins: ["fragment-matcher"], config: { useExplicitTyping: true } },
  },
};

export default config;
