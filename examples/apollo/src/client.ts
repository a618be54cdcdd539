import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";
import { trusted } from "./trusted";
import possible from "./gql/possibleTypes";

/** A client whose cache knows connections: pages of one filter and order are one growing list. */
export function makeClient(uri: string): ApolloClient {
  return new ApolloClient({
    link: ApolloLink.from([...trusted, new HttpLink({ uri })]),
    cache: new InMemoryCache({
      possibleTypes: possible.possibleTypes,
      typePolicies: {
        Query: { fields: { accounts: relayStylePagination(["where", "orderBy"]) } },
        Account: { fields: { timeline: relayStylePagination(["include", "kinds"]) } },
      },
    }),
  });
}
