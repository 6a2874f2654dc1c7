#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the schemas of ONNX as TableGen classes and as a C++ table.

Usage: generate.py OUTPUT_FOLDER

OnnxSchema.td       one class Onnx_<Op>Schema for each operation at the newest version of its domain
OnnxSchema.cpp.inc  every version of every operation: arity, attributes with defaults, type constraints
OnnxReleases.cpp.inc  the lowest version of the file format for each opset

The sources are the registry of the package onnx (with all versions) and, for what onnx does not have, the registry of
onnxruntime. No operation is named here: what the registries hold is what comes out.
"""
import pathlib
import re
import sys

import onnx
import onnx.defs
import onnxruntime.capi.onnxruntime_pybind11_state as onnxruntime_state

DOMAINS = ("", "ai.onnx.ml", "com.microsoft")
# Accessors that MLIR gives every operation; a parameter of such a name gets a suffix in C++ (not in ONNX).
RESERVED = {"type", "types", "operands", "results", "properties", "attrs", "loc", "context", "operation", "region"}
KINDS = {
    onnx.AttributeProto.FLOAT: "Onnx_FloatAttr",
    onnx.AttributeProto.INT: "Onnx_IntAttr",
    onnx.AttributeProto.STRING: "StrAttr",
    onnx.AttributeProto.TENSOR: "ElementsAttr",
    onnx.AttributeProto.FLOATS: "DenseF32ArrayAttr",
    onnx.AttributeProto.INTS: "DenseI64ArrayAttr",
    onnx.AttributeProto.STRINGS: "StrArrayAttr",
}


class Attribute:
    def __init__(self, name, source):
        self.name = name
        self.kind = getattr(onnx.AttributeProto, source.type.name)
        self.required = source.required
        value = source._default_value
        if isinstance(value, bytes):
            value = onnx.AttributeProto.FromString(value)
        self.default = onnx.helper.get_attribute_value(value) if value.type else None

    def mlir(self):
        """The default in MLIR's syntax, or None."""
        proto = onnx.AttributeProto
        if self.default is None:
            return None
        if self.kind == proto.INT:
            return f"{self.default} : i64"
        if self.kind == proto.FLOAT:
            return f"{decimal(self.default)} : f32"
        if self.kind == proto.STRING:
            return quoted(self.default.decode())
        if self.kind == proto.INTS:
            return "array<i64" + (": " if self.default else "") + ", ".join(map(str, self.default)) + ">"
        if self.kind == proto.FLOATS:
            return "array<f32" + (": " if self.default else "") + ", ".join(map(decimal, self.default)) + ">"
        if self.kind == proto.STRINGS:
            return "[" + ", ".join(quoted(s.decode()) for s in self.default) + "]"
        return None

    def tablegen(self):
        """The attribute's constraint in an operation's arguments."""
        kind = KINDS.get(self.kind, "AnyAttr")
        if self.required:
            return kind
        proto, value = onnx.AttributeProto, None
        if self.default is not None:
            if self.kind == proto.INT:
                value = str(self.default)
            elif self.kind == proto.FLOAT:
                value = decimal(self.default) + "f"
            elif self.kind == proto.STRING:
                value = self.default.decode()
                return f"DefaultValuedOptionalAttr<{kind}, {quoted(quoted(value))}>"
            elif self.kind == proto.INTS:
                value = "::llvm::ArrayRef<int64_t>({" + ", ".join(map(str, self.default)) + "})"
            elif self.kind == proto.FLOATS:
                value = "::llvm::ArrayRef<float>({" + ", ".join(decimal(x) + "f" for x in self.default) + "})"
        if value is None:
            return f"OptionalAttr<{kind}>"
        return f"DefaultValuedOptionalAttr<{kind}, {quoted(value)}>"


class Parameter:
    def __init__(self, source, constraints):
        self.name = source.name
        self.option = source.option.name
        self.homogeneous = getattr(source, "is_homogeneous", getattr(source, "isHomogeneous", True))
        self.variable = getattr(source, "type_str", getattr(source, "typeStr", ""))
        self.types = sorted(constraints.get(self.variable, [self.variable]))


class Schema:
    def __init__(self, source):
        self.domain, self.name, self.version = source.domain, source.name, source.since_version
        self.deprecated, self.doc = source.deprecated, source.doc or ""
        constraints = {c.type_param_str: list(c.allowed_type_strs) for c in source.type_constraints}
        self.inputs = [Parameter(p, constraints) for p in source.inputs]
        self.outputs = [Parameter(p, constraints) for p in source.outputs]
        self.attributes = [Attribute(n, a) for n, a in sorted(source.attributes.items())]
        self.arity = [min(n, 0x7FFFFFFF) for n in
                      (source.min_input, source.max_input, source.min_output, source.max_output)]
        determinism = getattr(source, "node_determinism", None)
        self.pure = determinism is None or determinism.name != "NonDeterministic"

    def key(self):
        return self.domain, self.name, self.version


def decimal(x):
    """A number that C++ and MLIR both read as the f32 it was, in the fewest digits."""
    import numpy
    mantissa, e, exponent = str(numpy.float32(x)).partition("e")
    return mantissa + ("" if "." in mantissa else ".0") + e + exponent


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def read_registries():
    """All schemas of DOMAINS, sorted; onnxruntime adds only operations that onnx does not have."""
    standard = [Schema(s) for s in onnx.defs.get_all_schemas_with_history() if s.domain in DOMAINS]
    known = {(s.domain, s.name) for s in standard}
    contributed = [Schema(s) for s in onnxruntime_state.get_all_operator_schema()
                   if s.domain in DOMAINS and (s.domain, s.name) not in known]
    return sorted(standard + contributed, key=Schema.key)


def newest_opsets(schemas):
    return {d: max(s.version for s in schemas if s.domain == d) for d in DOMAINS} | {"": onnx.defs.onnx_opset_version()}


def prefix(domain):
    """`Microsoft` for com.microsoft; the standard's own operations have none."""
    return domain.rsplit(".", 1)[-1].capitalize() if domain else ""


def type_constraint(parameter):
    base = "AnyTensor" if all(t.startswith("tensor(") for t in parameter.types) else "AnyType"
    return {"Single": base, "Optional": f"Optional<{base}>", "Variadic": f"Variadic<{base}>"}[parameter.option]


def paragraphs(doc):
    """Summary and description of a schema's documentation."""
    text = re.sub(r"\}\]", "} ]", doc.replace("\t", "  ")).strip("\n")
    summary = re.sub(r"\s+", " ", text).strip().split(". ")[0].rstrip(".:")
    return summary if len(summary) <= 100 else summary[:97] + "...", text


def tablegen_class(schema):
    proto = onnx.AttributeProto
    used = set(RESERVED)

    def name(parameter, suffix):
        result = parameter.name + (suffix if parameter.name in used else "")
        used.add(result)
        return result

    graphs = [a for a in schema.attributes if a.kind == proto.GRAPH]
    others = [a for a in schema.attributes if a.kind not in (proto.GRAPH, proto.GRAPHS)]
    used.update(a.name for a in others)
    inputs = [f"{type_constraint(p)}:${name(p, '_input')}" for p in schema.inputs]
    outputs = [f"{type_constraint(p)}:${name(p, '_output')}" for p in schema.outputs]
    traits = ["Pure"] if schema.pure else []
    if sum(p.option != "Single" for p in schema.inputs) > 1:
        traits.append("AttrSizedOperandSegments")
    if sum(p.option != "Single" for p in schema.outputs) > 1:
        traits.append("AttrSizedResultSegments")
    if graphs:
        traits.append("SingleBlock")
    arguments = inputs + [f"{a.tablegen()}:${a.name}" for a in others]
    summary, description = paragraphs(schema.doc)
    mnemonic = f"{schema.domain}.{schema.name}" if schema.domain else schema.name
    lines = [f"class Onnx_{prefix(schema.domain)}{schema.name}Schema<list<Trait> traits = []>",
             f"    : Onnx_Op<{quoted(mnemonic)}, !listconcat(traits, [{', '.join(traits)}])> {{",
             f"  let summary = {quoted(summary)};",
             f"  let description = [{{\n{description}\n  }}];",
             f"  let arguments = (ins {', '.join(arguments)});",
             f"  let results = (outs {', '.join(outputs)});"]
    if graphs:
        lines.append("  let regions = (region " + ", ".join(f"SizedRegion<1>:${g.name}" for g in graphs) + ");")
    return "\n".join(lines + ["}", ""])


class Slices:
    """Rows of a C++ array in which equal runs of rows are stored once."""

    def __init__(self, name):
        self.name, self.rows, self.begins = name, [], {}

    def begin(self, rows):
        key = tuple(rows)
        if key not in self.begins:
            self.begins[key] = len(self.rows)
            self.rows += rows
        return self.begins[key]

    def add(self, rows):
        """The rows as an ArrayRef."""
        return f"{{{self.name} + {self.begin(rows)}, {len(rows)}}}" if rows else "{}"


def cpp_table(schemas):
    types = sorted({t for s in schemas for p in s.inputs + s.outputs for t in p.types})
    bits = {t: i for i, t in enumerate(types)}
    masks, rows = Slices("typeMasks"), []
    parameters, attributes = Slices("parameterTable"), Slices("attributeTable")
    words = (len(types) + 63) // 64

    def parameter(p, variables):
        mask = sum(1 << bits[t] for t in p.types)
        row = "{" + ", ".join(f"0x{mask >> 64 * w & (1 << 64) - 1:x}u" for w in range(words)) + "}"
        variable = variables.setdefault(p.variable, len(variables))
        return (f"{{{quoted(p.name)}, Occurrence::{p.option}, {variable}, {str(p.homogeneous).lower()}, "
                f"{masks.begin([row])}}}")

    def attribute(a):
        default = quoted(a.mlir()) if a.mlir() else "nullptr"
        return f"{{{quoted(a.name)}, {default}, AttributeKind({a.kind}), {str(a.required).lower()}}}"

    for s in schemas:
        variables = {}
        inputs = parameters.add([parameter(p, variables) for p in s.inputs])
        outputs = parameters.add([parameter(p, variables) for p in s.outputs])
        rows.append(f"{{{quoted(s.domain)}, {quoted(s.name)}, {s.version}, {', '.join(map(str, s.arity))}, {inputs}, "
                    f"{outputs}, {attributes.add([attribute(a) for a in s.attributes])}, {str(s.deprecated).lower()}}}")

    def array(kind, name, values):
        return f"static constexpr {kind} {name}[] = {{\n" + ",\n".join(values) + "};\n"

    opsets = [f"{{{quoted(d)}, {v}}}" for d, v in newest_opsets(schemas).items()]
    return (f"// Made by dialects/Onnx/Schema/generate.py from onnx {onnx.__version__}.\n"
            + array("llvm::StringLiteral", "typeNames", [quoted(t) for t in types])
            + array("TypeMask", "typeMasks", masks.rows)
            + array("Parameter", "parameterTable", parameters.rows)
            + array("AttributeSchema", "attributeTable", attributes.rows)
            + array("Schema", "schemaTable", rows)
            + array("NewestOpset", "newestOpsets", opsets)), words


def releases():
    versions = sorted(("" if domain == "ai.onnx" else domain, opset, ir)
                      for (domain, opset), ir in onnx.helper.OP_SET_ID_VERSION_MAP.items())
    rows = ",\n".join(f"{{{quoted(domain)}, {opset}, {ir}}}" for domain, opset, ir in versions)
    return f"static constexpr Release releases[] = {{\n{rows}}};\n"


def write(path, text):
    """Leaves an unchanged file alone, so that nothing is built again."""
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    schemas = read_registries()
    newest = {(s.domain, s.name): s for s in schemas}
    header = "// Made by dialects/Onnx/Schema/generate.py: the operations of ONNX as classes.\n" \
             "#ifndef RETORT_ONNX_SCHEMA\n#define RETORT_ONNX_SCHEMA\n\ninclude \"dialects/Onnx/Schema/TypedOp.td\"\n\n"
    classes = "\n".join(tablegen_class(s) for s in newest.values() if not s.deprecated)
    write(folder / "OnnxSchema.td", header + classes + "\n#endif\n")
    table, words = cpp_table(schemas)
    write(folder / "OnnxSchema.cpp.inc", table)
    write(folder / "OnnxReleases.cpp.inc", releases())
    write(folder / "OnnxTypeMask.h.inc", f"static constexpr unsigned typeMaskWords = {words};\n")


if __name__ == "__main__":
    main()
