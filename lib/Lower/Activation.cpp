// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of activation functions, and the operations that are one.
#include "lib/Lower/Activation.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Schema/Schema.h"
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Scalars.h"

using namespace mlir;
using namespace retort;

static Value number(Emitter &e, double value, Value like) { return e.real(value, like.getType()); }
static Value times(Emitter &e, Value a, Value b) { return arith::MulFOp::create(e, a, b); }
static Value times(Emitter &e, Value a, double b) { return times(e, a, number(e, b, a)); }
static Value plus(Emitter &e, Value a, Value b) { return arith::AddFOp::create(e, a, b); }

static Value expMinusOne(Emitter &e, Value x) {
  return arith::SubFOp::create(e, math::ExpOp::create(e, x), number(e, 1, x));
}

/// b where x is above the bound, else a (also for what is no number).
static Value upTo(Emitter &e, Value x, double bound, Value a, Value b) {
  Value condition = arith::CmpFOp::create(e, arith::CmpFPredicate::OGT, x, number(e, bound, x));
  return arith::SelectOp::create(e, condition, b, a);
}

struct Activation::Rule {
  StringLiteral domain, name;
  Value (*compute)(Emitter &e, Value x, const Activation &parameters);
  /// Of those that are no operation.
  double alpha = 0, beta = 0;
  bool isOperation = true;

  const onnx::Schema *schema() const {
    return onnx::findSchema(domain, name, onnx::canonicalOpset(domain).value_or(1));
  }
};

const Activation::Rule Activation::rules[] = {
    {"", "Celu",
     [](Emitter &e, Value x, const Activation &p) {
       Value power = expMinusOne(e, arith::DivFOp::create(e, x, number(e, p.alpha, x)));
       return upTo(e, x, 0, times(e, power, p.alpha), x);
     }},
    {"", "Elu",
     [](Emitter &e, Value x, const Activation &p) {
       return upTo(e, x, 0, times(e, expMinusOne(e, x), p.alpha), x);
     }},
    {"", "HardSigmoid",
     [](Emitter &e, Value x, const Activation &p) {
       return scalar::hardSigmoid(e, x, p.alpha, p.beta);
     }},
    {"", "HardSwish",
     [](Emitter &e, Value x, const Activation &) {
       return times(e, x, scalar::hardSigmoid(e, x, 1.0 / 6, 0.5));
     }},
    {"", "LeakyRelu",
     [](Emitter &e, Value x, const Activation &p) {
       return upTo(e, x, 0, times(e, x, p.alpha), x);
     }},
    {"", "Mish",
     [](Emitter &e, Value x, const Activation &) {
       return times(e, x, math::TanhOp::create(e, scalar::softplus(e, x)));
     }},
    {"", "Relu",
     [](Emitter &e, Value x, const Activation &) {
       return scalar::maximum(e, x, e.zero(x.getType()), false);
     }},
    {"", "Selu",
     [](Emitter &e, Value x, const Activation &p) {
       return times(e, upTo(e, x, 0, times(e, expMinusOne(e, x), p.alpha), x), p.gamma);
     }},
    {"", "Sigmoid", [](Emitter &e, Value x, const Activation &) { return scalar::sigmoid(e, x); }},
    {"", "Softplus",
     [](Emitter &e, Value x, const Activation &) { return scalar::softplus(e, x); }},
    {"", "Softsign",
     [](Emitter &e, Value x, const Activation &) -> Value {
       Value size = plus(e, number(e, 1, x), math::AbsFOp::create(e, x));
       return arith::DivFOp::create(e, x, size);
     }},
    {"", "Swish",
     [](Emitter &e, Value x, const Activation &p) {
       return times(e, x, scalar::sigmoid(e, times(e, x, p.alpha)));
     }},
    {"", "Tanh",
     [](Emitter &e, Value x, const Activation &) -> Value { return math::TanhOp::create(e, x); }},
    {"", "ThresholdedRelu",
     [](Emitter &e, Value x, const Activation &p) {
       return upTo(e, x, p.alpha, number(e, 0, x), x);
     }},
    {"", "Affine",
     [](Emitter &e, Value x, const Activation &p) {
       return plus(e, times(e, x, p.alpha), number(e, p.beta, x));
     },
     1, 0, /*isOperation=*/false},
    {"", "ScaledTanh",
     [](Emitter &e, Value x, const Activation &p) {
       return times(e, math::TanhOp::create(e, times(e, x, p.beta)), p.alpha);
     },
     1, 1, /*isOperation=*/false},
    {"com.microsoft", "Gelu",
     [](Emitter &e, Value x, const Activation &) { return scalar::gelu(e, x); }},
    {"com.microsoft", "QuickGelu",
     [](Emitter &e, Value x, const Activation &p) {
       return times(e, x, scalar::sigmoid(e, times(e, x, p.alpha)));
     }},
};

/// The schema's default of a parameter; 0 where it has none.
static double defaultOf(const onnx::Schema *schema, StringRef parameter) {
  const onnx::AttributeSchema *attribute = schema ? schema->attribute(parameter) : nullptr;
  double value = 0;
  if (attribute && attribute->defaultValue)
    StringRef(attribute->defaultValue).split(' ').first.getAsDouble(value);
  return float(value);
}

std::optional<Activation> Activation::find(StringRef name, Operation *op, StringRef prefix) {
  std::string wanted = ("onnx." + name).str();
  const Rule *rule = llvm::find_if(rules, [&](const Rule &each) {
    return each.isOperation && onnx::typedOpName(each.domain, each.name) == wanted;
  });
  if (rule == std::end(rules))
    return std::nullopt;
  const onnx::Schema *schema = rule->schema();
  auto parameter = [&](StringRef letter) {
    auto given = op->getAttrOfType<FloatAttr>((prefix + letter).str());
    return given ? given.getValueAsDouble() : defaultOf(schema, letter);
  };
  Activation result;
  result.rule = rule;
  result.alpha = parameter("alpha");
  result.beta = parameter("beta");
  result.gamma = parameter("gamma");
  return result;
}

std::optional<Activation> Activation::take(StringRef name, ArrayRef<float> &alphas,
                                           ArrayRef<float> &betas) {
  const Rule *rule = llvm::find_if(rules, [&](const Rule &each) {
    return each.domain.empty() && name.equals_insensitive(each.name);
  });
  if (rule == std::end(rules))
    return std::nullopt;
  const onnx::Schema *schema = rule->isOperation ? rule->schema() : nullptr;
  auto parameter = [&](StringRef letter, double own, ArrayRef<float> &given) {
    if (rule->isOperation && !(schema && schema->attribute(letter)))
      return 0.0;
    double otherwise = rule->isOperation ? defaultOf(schema, letter) : own;
    if (given.empty())
      return otherwise;
    double value = given.front();
    given = given.drop_front();
    return value;
  };
  Activation result;
  result.rule = rule;
  result.alpha = parameter("alpha", rule->alpha, alphas);
  result.beta = parameter("beta", rule->beta, betas);
  result.gamma = defaultOf(schema, "gamma");
  return result;
}

Value Activation::operator()(Emitter &e, Value x) const { return rule->compute(e, x, *this); }

static LogicalResult lowerActivation(Emitter &e, Operation *op) {
  auto activation = Activation::find(op->getName().stripDialect(), op);
  Type element = resultElement(op);
  e.set(op->getResult(0), lowerElementwise(e, op, op->getOperand(0), [&](ValueRange x) {
          return e.narrow((*activation)(e, e.widen(x[0])), element);
        }));
  return success();
}

void retort::addActivationLowerings(Lowering &lowering) {
  for (const Activation::Rule &rule : Activation::rules)
    if (rule.isOperation)
      lowering.add(onnx::typedOpName(rule.domain, rule.name), lowerActivation);
}
