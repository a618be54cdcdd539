import { Suspense, useMemo } from "react";
import { RelayEnvironmentProvider } from "react-relay";
import { Caught, Frame, Loading, useAccountRoute } from "../../shared/parts";
import { AccountList } from "./AccountList";
import { AccountPage } from "./AccountPage";
import { makeEnvironment } from "./environment";
import { problemOf } from "./problems";

export function App({ endpoint }: { endpoint: string }) {
  const environment = useMemo(() => makeEnvironment(endpoint), [endpoint]);
  const account = useAccountRoute();
  return (
    <RelayEnvironmentProvider environment={environment}>
      <Frame client="Relay">
        <Caught key={account} messageOf={(error) => problemOf(error).message}>
          <Suspense fallback={<Loading />}>{account ? <AccountPage key={account} id={account} /> : <AccountList />}</Suspense>
        </Caught>
      </Frame>
    </RelayEnvironmentProvider>
  );
}
