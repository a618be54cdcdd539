/**
 * A codegen plugin: the part of the schema that this program's documents use, as Graphcache reads it. The whole schema is
 * many times the program's size, and Graphcache needs only the types that answers are made of.
 */
const { TypeInfo, introspectionFromSchema, isAbstractType, visit, visitWithTypeInfo } = require("graphql");
const { minifyIntrospectionQuery } = require("@urql/introspection");

/** Which fields of which types are asked for; those of an interface count for each of its types. */
function usedFields(schema, documents) {
  const used = new Map();
  const types = new TypeInfo(schema);
  const Field = (node) => {
    const parent = types.getParentType();
    for (const type of isAbstractType(parent) ? [parent, ...schema.getPossibleTypes(parent)] : [parent]) {
      used.set(type.name, (used.get(type.name) ?? new Set()).add(node.name.value));
    }
  };
  for (const { document } of documents) visit(document, visitWithTypeInfo(types, { Field }));
  return used;
}

exports.plugin = (schema, documents) => {
  const used = usedFields(schema, documents);
  const { __schema } = minifyIntrospectionQuery(introspectionFromSchema(schema));
  const types = __schema.types
    .filter(({ name }) => used.has(name))
    .map((type) => ({
      ...type,
      fields: type.fields?.filter((field) => used.get(type.name).has(field.name)).map((field) => ({ ...field, args: [] })),
      interfaces: type.interfaces?.filter((found) => used.has(found.name)),
    }));
  return JSON.stringify({ __schema: { ...__schema, types } }, null, 2);
};
