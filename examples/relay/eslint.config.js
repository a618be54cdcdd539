import { operations } from "../eslint.operations.js";

/** What Relay's compiler does itself: it knows its directives and the variables of fragments, names, and selects ids. */
export default operations({
  "@graphql-eslint/known-directives": "off",
  "@graphql-eslint/naming-convention": "off",
  "@graphql-eslint/no-undefined-variables": "off",
  "@graphql-eslint/require-selections": "off",
});
