import { useMemo } from "react";
import { Provider } from "urql";
import { Frame, useAccountRoute } from "../../shared/parts";
import { AccountList } from "./AccountList";
import { AccountPage } from "./AccountPage";
import { makeClient } from "./client";

export function App({ endpoint }: { endpoint: string }) {
  const client = useMemo(() => makeClient(endpoint), [endpoint]);
  const account = useAccountRoute();
  return (
    <Provider value={client}>
      <Frame client="urql">{account ? <AccountPage key={account} id={account} /> : <AccountList />}</Frame>
    </Provider>
  );
}
