/** The recommended rules for the documents in a client's components. */
import graphql from "@graphql-eslint/eslint-plugin";
import { parser as typescript } from "typescript-eslint";

const { configs, parser, processor } = graphql;

/** `rules` change the recommended ones. */
export const operations = (rules = {}) => [
  { ignores: ["src/gql/**", "src/__generated__/**", "dist/**"] },
  { files: ["src/**/*.{ts,tsx}"], languageOptions: { parser: typescript }, processor },
  {
    files: ["src/**/*.graphql"],
    languageOptions: {
      parser,
      parserOptions: { graphQLConfig: { schema: "../../schema.graphql", documents: "src/*.tsx" } },
    },
    plugins: { "@graphql-eslint": graphql },
    rules: { ...configs["flat/operations-recommended"].rules, ...rules },
  },
];
