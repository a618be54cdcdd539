import 'graphiql/graphiql.css';
import React from 'react';
import { createRoot } from 'react-dom/client';
import { GraphiQL } from 'graphiql';
import { createGraphiQLFetcher } from '@graphiql/toolkit';

const DEFAULT_QUERY = `# Ctrl-Space completes, Ctrl-Enter runs.
# Docs, at the top left, tells of every type.
#
# The Headers tab below takes a token,
#   "Authorization": "Bearer <token>"
# and the language of labels and messages:
#   "Accept-Language": "de"  (en, es, de, pl)

query WhatCanIAsk {
  __schema {
    queryType {
      fields {
        name
        description
      }
    }
  }
}
`;

const place = document.getElementById('console');
const url = new URL(place.dataset.endpoint, window.location.href).href;
const asked = new URLSearchParams(window.location.search);

createRoot(place).render(
  <GraphiQL
    fetcher={createGraphiQLFetcher({
      url,
      enableIncrementalDelivery: false,
      headers: { Accept: 'application/graphql-response+json, application/json;q=0.9' },
    })}
    defaultQuery={DEFAULT_QUERY}
    query={asked.get('query') ?? undefined}
    variables={asked.get('variables') ?? undefined}
    defaultHeaders={'{\n  "Accept-Language": "en"\n}\n'}
    defaultEditorToolsVisibility="headers"
    isHeadersEditorEnabled
    shouldPersistHeaders={false}
    schemaDescription
    inputValueDeprecation
  >
    <GraphiQL.Logo>crmgraph</GraphiQL.Logo>
  </GraphiQL>,
);
