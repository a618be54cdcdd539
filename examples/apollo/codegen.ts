import type { CodegenConfig } from "@graphql-codegen/cli";
import { config, fragmentMasking } from "../codegen.base";

const codegen: CodegenConfig = {
  schema: "../../schema.graphql",
  documents: "src/*.{ts,tsx}",
  generates: {
    "src/gql/": { preset: "client", config, presetConfig: { fragmentMasking } },
    "src/gql/possibleTypes.ts": { plugins: ["fragment-matcher"], config: { useExplicitTyping: true } },
  },
};

export default codegen;
