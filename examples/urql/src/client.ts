import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import { persistedExchange } from "@urql/exchange-persisted";
import { Client, fetchExchange } from "urql";
import schema from "./gql/schema.json";

type Generated = { __meta__?: { hash: string } };

/** With VITE_TRUSTED=1 a request sends its document's hash, and never the text, queries by GET; else it sends the text. */
const trusted = persistedExchange({
  enforcePersistedQueries: true,
  enableForMutation: true,
  preferGetForPersistedQueries: "force",
  generateHash: async (_text, document) => (document as Generated).__meta__?.hash.replace("sha256:", "") ?? "",
});

/** Whatever has no id (figures, keys of groups, rights) lives within its record; Graphcache wants to be told. */
const keys = Object.fromEntries(
  schema.__schema.types
    .filter((type) => type.kind === "OBJECT" && !type.fields?.some((field) => field.name === "id"))
    .map((type) => [type.name, () => null]),
);

/** A client whose cache knows the schema, so that partial answers and fragments on interfaces are told apart, and pages join. */
export function makeClient(url: string): Client {
  const cache = cacheExchange({
    schema,
    keys,
    resolvers: { Query: { accounts: relayPagination() }, Account: { timeline: relayPagination() } },
  });
  return new Client({ url, preferGetMethod: false, exchanges: [cache, ...(import.meta.env.VITE_TRUSTED ? [trusted] : []), fetchExchange] });
}
