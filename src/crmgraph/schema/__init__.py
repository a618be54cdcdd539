"""How GraphQL sees the registry, and how an operation is answered.

Building: edition (all of one revision) → build (root types) → finding (the schema, whose types are made when they are
asked for) with lazy, collecting → records, groups, mutations, actions, payloads,
sync_types, feed_types (generated types), fixed (code first),
enums, words, scalars (shared types), directives (weights, printed), languages (what the fixed parts say of themselves).
hierarchies and paths are fields about walks.
Answering: resolve (document to bytes) → limits → documents (prepare, plan) with variables → cost, writes_cost →
introspection (what needs no database), writing (mutations; syncing: batches of them)
→ extensions; exports plans a list that is to be streamed.
Explain and printing show every stage, wording says in the caller's language what graphql-core and the scalars refuse,
suggestions what a misspelt name may have meant, terms what a sign-in allows (anonymous: callers who are nobody),
manifests reads the documents that clients' build tools write. Former knows names that were replaced, in the schema,
documents and values; asked says where a fault lies by the names of the request.
Customizing: editions (the one in force, swapped) → customizing (the mutations that change the metadata),
packaging (those of packages; installed tells of them) → previews (what a publish does) → judging, differences (of two
schemas), impact (on recorded operations: coordinates, footprints, normal).
"""
