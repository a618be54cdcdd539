import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { generatePersistedQueryIdsFromManifest } from "@apollo/persisted-query-lists";

const loadManifest = () => import("./gql/persisted-query-manifest.json");

/** With VITE_TRUSTED=1 a request sends its operation's id from the manifest, and never the text; else it sends the text. */
export const trusted = import.meta.env.VITE_TRUSTED
  ? [new PersistedQueryLink(generatePersistedQueryIdsFromManifest({ loadManifest }))]
  : [];
