#!/usr/bin/env bash
# Everything that a front end's tools have to say about schema.graphql and the examples: any warning is a failure.
#   ./check.sh            lint, generate, types and build: what needs no server
#   ./check.sh STEP...    only these
#   ./check.sh screens    the screens, against the server of `crmgraph demo` at CRMGRAPH_URL (http://127.0.0.1:8000);
#                         it writes there, and needs what `generate` made
# Needs the packages (npm install). Each step prints what it does; the first that fails ends the run.
set -euo pipefail
cd "$(dirname "$0")"
tools="$PWD/node_modules/.bin"
[ -d "$tools" ] || { echo "No packages here yet: run npm install in $PWD" >&2; exit 2; }

quietly() { # NAME DIRECTORY COMMAND...: fails, too, if the command warns
  local name=$1 folder=$2 said status=0
  shift 2
  said=$(cd "$folder" && "$@" 2>&1) || status=$?
  if [ $status -ne 0 ] || grep -qiE '\bwarn(ing)?s?\b|⚠|\(!\)' <<< "$said"; then
    printf '%s\n✗ %s\n' "$said" "$name" >&2
    exit 1
  fi
  echo "✓ $name"
}

lint() { quietly "graphql-eslint" .. "$tools/eslint" --config examples/eslint.config.js --max-warnings 0 schema.graphql "examples/*/src/*.tsx"; }
generate() {
  mkdir -p relay/src/__generated__
  echo '{}' > relay/src/__generated__/persisted.json # the compiler adds to it, and wants it to be there
  quietly "relay-compiler" relay "$tools/relay-compiler"
  quietly "graphql-codegen urql" urql "$tools/graphql-codegen" & local other=$!
  quietly "graphql-codegen apollo" apollo "$tools/graphql-codegen"
  quietly "persisted queries of Apollo" apollo "$tools/generate-persisted-query-manifest"
  wait $other
}
lint_and_generate() {
  lint & local linted=$!
  generate
  wait $linted
}
types() { for client in apollo relay urql; do quietly "tsc $client" $client "$tools/tsc" --noEmit; done; }
build() { for client in apollo relay urql; do quietly "vite build $client" $client "$tools/vite" build --logLevel warn; done; }
screens() { DEBUG_PRINT_LIMIT=0 "$tools/vitest" run; }

for step in "${@:-lint_and_generate types build}"; do
  for each in $step; do "$each"; done
done
