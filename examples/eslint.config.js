/** graphql-eslint's rules for `schema.graphql` and for the documents in the examples; run in the folder above this one. */
import graphql from "@graphql-eslint/eslint-plugin";

const { configs, parser, processor } = graphql;
const schema = "schema.graphql";
const clients = ["apollo", "relay", "urql"];
const projects = Object.fromEntries(
  clients.map((name) => [name, { schema, documents: `examples/${name}/src/*.tsx`, include: `examples/${name}/**` }]),
);
const rulesFor = (files, rules) => ({
  files,
  languageOptions: { parser, parserOptions: { graphQLConfig: { projects: { ...projects, schema: { schema, include: schema } } } } },
  plugins: { "@graphql-eslint": graphql },
  rules,
});

/** The TypeScript around the documents is the compiler's business: for ESLint it is an empty program. */
const nothing = {
  parse: (text) => ({ type: "Program", body: [], comments: [], tokens: [], sourceType: "module", range: [0, text.length], loc: { start: { line: 1, column: 0 }, end: { line: 1, column: 0 } } }),
};

const recommended = configs["flat/schema-recommended"].rules;
const [level, names] = recommended["@graphql-eslint/naming-convention"];
const { "ObjectTypeDefinition,ObjectTypeExtension": _suffixes, ...namesButTypes } = names; // `MetadataType` describes a type

export default [
  { ignores: ["**/src/gql/**", "**/src/__generated__/**", "**/*.test.tsx"] },
  { files: ["**/*.tsx"], languageOptions: { parser: nothing }, processor },
  rulesFor(["schema.graphql"], {
    ...recommended,
    ...configs["flat/schema-relay"].rules,
    "@graphql-eslint/naming-convention": [level, namesButTypes],
    // beside `edges` every connection has `nodes`, and a list of options or of ids is no list of records
    "@graphql-eslint/relay-edge-types": ["error", { listTypeCanWrapOnlyEdgeType: false }],
    // matters of taste that the schema answers otherwise: generated types explain themselves, figures have no id
    "@graphql-eslint/no-typename-prefix": "off",
    "@graphql-eslint/require-description": "off",
    "@graphql-eslint/strict-id-in-types": "off",
  }),
  rulesFor(["examples/**/*.tsx/*.graphql"], configs["flat/operations-recommended"].rules),
  rulesFor(["examples/relay/**/*.tsx/*.graphql"], {
    // what Relay's compiler does itself: it knows its directives and the variables of fragments, names, and selects ids
    "@graphql-eslint/known-directives": "off",
    "@graphql-eslint/naming-convention": "off",
    "@graphql-eslint/no-undefined-variables": "off",
    "@graphql-eslint/require-selections": "off",
  }),
];
