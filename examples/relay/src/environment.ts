import { Environment, Network, RecordSource, Store, type FetchFunction } from "relay-runtime";

const ACCEPT = { accept: "application/graphql-response+json, application/json" };
const TRUSTED = Boolean(import.meta.env.VITE_TRUSTED);

/** With VITE_TRUSTED=1 a request sends its operation's id, and never the text, queries by GET; else it sends the text. */
function fetchFrom(endpoint: string): FetchFunction {
  return async ({ id, name, text, operationKind }, variables) => {
    if (TRUSTED && operationKind === "query") {
      const named = new URLSearchParams({ documentId: `sha256:${id}`, operationName: name, variables: JSON.stringify(variables) });
      return (await fetch(`${endpoint}?${named}`, { headers: ACCEPT })).json();
    }
    const document = TRUSTED ? { documentId: `sha256:${id}` } : { query: text };
    const body = JSON.stringify({ ...document, operationName: name, variables });
    return (await fetch(endpoint, { method: "POST", headers: { "content-type": "application/json", ...ACCEPT }, body })).json();
  };
}

export function makeEnvironment(endpoint: string): Environment {
  return new Environment({ network: Network.create(fetchFrom(endpoint)), store: new Store(new RecordSource()) });
}
