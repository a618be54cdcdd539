import { ApolloProvider } from "@apollo/client/react";
import { useMemo } from "react";
import { Frame, useAccountRoute } from "../../shared/parts";
import { AccountList } from "./AccountList";
import { AccountPage } from "./AccountPage";
import { makeClient } from "./client";

export function App({ endpoint }: { endpoint: string }) {
  const client = useMemo(() => makeClient(endpoint), [endpoint]);
  const account = useAccountRoute();
  return (
    <ApolloProvider client={client}>
      <Frame client="Apollo Client">{account ? <AccountPage key={account} id={account} /> : <AccountList />}</Frame>
    </ApolloProvider>
  );
}
