"""How the world reaches crmgraph, in order of control flow.

    run.py          serve(settings): uvicorn, banner, graceful shutdown
    first_start.py  before it, on an empty database: the first administrator
    wire.py         HTTP/1.1: heads and bodies of answers in one piece
    app.py          create_app(settings): the composition root, a Starlette application
    edges.py        what every answer says to browsers; CORS, origins of WebSockets
    graphql.py      the endpoint: Strawberry's view with a short way for plain HTTP requests
    negotiation.py  Accept, Accept-Language and Content-Type headers, settled once per distinct header
    auth.py         bearer token → the session in which the request acts
    oidc.py         tokens of an external issuer, checked with its keys
    budgets.py      how much somebody may ask for in a time: rate limits, failed sign-ins
    noting.py       what happens at the door
    bodies.py       request bodies: read, inflated, limited
    departures.py   clients that hang up before they are answered, and queries whose time is over
    exports.py      all rows of a list as a streamed file, where Accept asks for one
    parameters.py   request body or query string → checked GraphQL parameters
    uploads.py      multipart bodies → the same, with files in their places
    operations.py   one operation from parameters to answer, watched over
    documents.py    which document a request means: whole, by id, by hash
    engine.py       what the endpoint needs of the rest, and how the real thing is opened
    housekeeping.py what is too old goes by itself
    recording.py    which operations clients send, noted and added up
    imports.py      imports in the background, each in a process of its own
    rejects.py      the rows that they refused, as a file
    actions.py      the actions that are shipped, each a mutation
    caching.py      what may be kept of a GET's answer
    compression.py  answers in zstd or gzip
    refusals.py     requests that are refused before the engine sees them
    telemetry.py    the account of an operation → logs.py, metrics.py, and traces.py where it is on
    delegate.py     the engine as Strawberry's BaseSchema, for WebSockets
    health.py       /healthz and /readyz
    console/        GraphiQL from files of our own
    command.py      crmgraph documents
    user_command.py crmgraph user, crmgraph token
    demo_command.py crmgraph demo
    metadata_command.py  crmgraph metadata: packages, change files, drafts; metadata_report.py is what it says
    index_command.py     … build-indexes, also after a publish
    audit_command.py     crmgraph audit: verify the chain of all that happened, seal it, prune it

What an operation means is not known here: the engine takes a request and gives bytes.
"""
