/** How both clients want their types. */
export const config = {
  strictScalars: true,
  scalars: { DateTime: "string", Date: "string", Decimal: "string", Money: "string", BigInt: "string", JSON: "unknown", Base64: "string", Upload: "File" },
  useTypeImports: true,
  enumsAsTypes: true,
};
export const fragmentMasking = { unmaskFunctionName: "readFragment" };
