import { readProblem, type GraphQLProblem, type Problem } from "../../shared/problems";

/** Relay hands the errors of an answer without data over as an Error with `source`. */
export function problemOf(error: Error): Problem {
  const { source } = error as Error & { source?: { errors?: readonly GraphQLProblem[] } };
  return source?.errors ? readProblem(source.errors) : { kind: "other", message: error.message };
}
