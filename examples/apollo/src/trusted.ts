import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { getOperationName } from "@apollo/client/utilities/internal";
import type { DocumentNode } from "graphql";

/** The id of a document in the manifest; its names are unique. */
async function generateHash(document: DocumentNode): Promise<string> {
  const { operations } = await import("./gql/persisted-query-manifest.json");
  const name = getOperationName(document, "");
  return operations.find((operation) => operation.name === name)?.id ?? "";
}

/**
 * With VITE_TRUSTED=1 a request sends its operation's id from the manifest, and never the text (not even where the server does
 * not know the id: an old front end's documents may have been removed), queries by GET; else it sends the text.
 */
const link = () => new PersistedQueryLink({ generateHash, useGETForHashedQueries: true, retry: () => false, disable: () => false });
export const trusted = import.meta.env.VITE_TRUSTED ? [link()] : [];
