/** The Relay rules and the recommended rules for `schema.graphql`; run in the folder above this one. */
import graphql from "@graphql-eslint/eslint-plugin";

const { configs, parser } = graphql;
const recommended = configs["flat/schema-recommended"].rules;
const [level, names] = recommended["@graphql-eslint/naming-convention"];
const { "ObjectTypeDefinition,ObjectTypeExtension": _suffixes, ...namesButTypes } = names; // `MetadataType` describes a type

export default [
  {
    files: ["schema.graphql"],
    languageOptions: { parser, parserOptions: { graphQLConfig: { schema: "schema.graphql" } } },
    plugins: { "@graphql-eslint": graphql },
    rules: {
      ...recommended,
      ...configs["flat/schema-relay"].rules,
      "@graphql-eslint/naming-convention": [level, namesButTypes],
      // beside `edges` every connection has `nodes`, and a list of options or of ids is no list of records
      "@graphql-eslint/relay-edge-types": ["error", { listTypeCanWrapOnlyEdgeType: false }],
      // matters of taste that the schema answers otherwise: generated types explain themselves, figures have no id
      "@graphql-eslint/no-typename-prefix": "off",
      "@graphql-eslint/require-description": "off",
      "@graphql-eslint/strict-id-in-types": "off",
    },
  },
];
