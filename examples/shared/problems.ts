/** What a refused write says, read from the `errors` of an answer; all three clients hand those over unchanged. */

export interface GraphQLProblem {
  readonly message: string;
  readonly extensions?: { readonly [name: string]: unknown };
}

interface InputError {
  readonly path: ReadonlyArray<string | number>;
  readonly code: string;
  readonly message: string;
}

export type Problem =
  | { readonly kind: "conflict"; readonly message: string }
  | { readonly kind: "invalid"; readonly message: string; readonly fields: Readonly<Record<string, string>> }
  | { readonly kind: "other"; readonly message: string };

/** The first problem, with the messages of an invalid input by field (the part of the path behind "input"). */
export function readProblem(errors: readonly GraphQLProblem[]): Problem {
  const [first] = errors;
  if (!first) return { kind: "other", message: "The server gave no reason." };
  const { code, inputErrors } = (first.extensions ?? {}) as { code?: string; inputErrors?: InputError[] };
  if (code === "CONFLICT") return { kind: "conflict", message: first.message };
  if (!inputErrors?.length) return { kind: "other", message: first.message };
  const fields = Object.fromEntries(inputErrors.map((error) => [error.path.slice(1).join("."), error.message]));
  return { kind: "invalid", message: first.message, fields };
}
