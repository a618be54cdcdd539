import type { CodegenConfig } from "@graphql-codegen/cli";
import { addTypenameSelectionDocumentTransform } from "@graphql-codegen/client-preset";
import { config, fragmentMasking } from "../codegen.base";

const codegen: CodegenConfig = {
  schema: "../../schema.graphql",
  documents: "src/*.{ts,tsx}",
  generates: {
    "src/gql/": {
      preset: "client",
      config,
      documentTransforms: [addTypenameSelectionDocumentTransform], // as the cache sends them, so that the hashes fit
      presetConfig: { fragmentMasking, persistedDocuments: { hashAlgorithm: "sha256" } },
    },
    "src/gql/schema.json": { plugins: ["./graphcache-schema.cjs"] },
  },
};

export default codegen;
