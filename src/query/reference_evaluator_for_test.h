// Test support: TraceQL evaluated the slow and direct way, span object by span object, to check the
// engine against.
//
// It shares the parser's query with the engine and nothing else: values, operators, structure and
// pipelines are written anew from spec/traceql.md and docs/traceql-differences.md.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "query/reference_operators_for_test.h"
#include "query/reference_rows_for_test.h"
#include "traceql/syntax/ast.h"
#include "traceql/syntax/print.h"

namespace vivace::testing {

struct RefSet {
  std::vector<const RefSpan*> spans;
  std::vector<std::pair<std::string, RefValue>> attributes;
};

class RefEvaluator {
 public:
  RefEvaluator(const traceql::Query& query, const RefData& data, const RefTrace& trace)
      : query_(query), data_(data), trace_(trace) {}

  // Throws RefFailure.
  std::vector<RefSet> Run(traceql::PipelineId pipeline) {
    RefSet all;
    for (const RefSpan& span : trace_.spans) all.spans.push_back(&span);
    return RunPipeline(pipeline, {all});
  }

  RefValue ValueOf(const traceql::Attribute& attribute, const RefSpan& span) const {
    for (const RefEvent& event : span.events) {
      const RefValue value = Read(attribute, {&span, &event});
      if (value.type != Type::kNil) return value;
    }
    return Read(attribute, {&span, nullptr});
  }

 private:
  using Type = RefValue::Type;
  using Sets = std::vector<RefSet>;
  struct Cursor {
    const RefSpan* span;
    const RefEvent* event;
  };

  // Attributes.

  static RefValue Find(const RefAttributes& attributes, const std::string& key) {
    const auto found = attributes.find(key);
    return found == attributes.end() ? RefValue() : found->second;
  }

  const RefSpan* Parent(const RefSpan& span) const {
    for (const RefSpan& other : trace_.spans) {
      if (span.parent_id != 0 && other.id == span.parent_id) return &other;
    }
    return nullptr;
  }

  const RefSpan* Root() const {
    const RefSpan* root = nullptr;
    for (const RefSpan& span : trace_.spans) root = span.parent_id == 0 ? &span : root;
    return root;
  }

  bool IsInTree(const RefSpan& span) const {
    const RefSpan* at = &span;
    while (at != nullptr && at->parent_id != 0) at = Parent(*at);
    return at != nullptr;
  }

  // What ends before it starts lasts no time.
  static uint64_t EndOf(const RefSpan& span) { return std::max(span.start, span.end); }

  RefValue ServiceOf(const RefSpan& span) const {
    const RefValue value = Find(data_.resources[span.resource].attributes, "service.name");
    return value.type == Type::kString ? value : RefString("");
  }

  static std::string Hex(uint64_t id) {
    std::string digits(16, '0');
    for (size_t i = 0; i < 16; ++i) digits[15 - i] = "0123456789abcdef"[id >> (4 * i) & 15];
    return digits;
  }

  RefValue ReadIntrinsic(traceql::Intrinsic intrinsic, const Cursor& at) const {
    const RefSpan& span = *at.span;
    switch (intrinsic) {
      case traceql::Intrinsic::kDuration:
        return RefDuration(static_cast<int64_t>(EndOf(span) - span.start));
      case traceql::Intrinsic::kName:
        return RefString(span.name);
      case traceql::Intrinsic::kStatus:
        return {.type = Type::kStatus, .number = span.status};
      case traceql::Intrinsic::kStatusMessage:
        return RefString(span.message);
      case traceql::Intrinsic::kKind:
        return {.type = Type::kKind, .number = span.kind};
      case traceql::Intrinsic::kSpanParentId:
        return RefString(Hex(span.parent_id));
      case traceql::Intrinsic::kSpanChildCount:
        return RefInt(std::ranges::count_if(
            trace_.spans, [&](const RefSpan& other) { return other.parent_id == span.id; }));
      case traceql::Intrinsic::kRootName:
        return RefString(Root() == nullptr ? "" : Root()->name);
      case traceql::Intrinsic::kRootServiceName:
        return Root() == nullptr ? RefString("") : ServiceOf(*Root());
      case traceql::Intrinsic::kTraceDuration: {
        const auto [first, unused] = std::ranges::minmax(trace_.spans, {}, &RefSpan::start);
        const auto last = std::ranges::max(trace_.spans, {}, EndOf);
        return RefDuration(static_cast<int64_t>(EndOf(last) - first.start));
      }
      case traceql::Intrinsic::kEventName:
        return at.event == nullptr ? RefValue() : RefString(at.event->name);
      case traceql::Intrinsic::kEventTimeSinceStart:
        return at.event == nullptr ? RefValue()
                                   : RefDuration(static_cast<int64_t>(at.event->time - span.start));
      case traceql::Intrinsic::kInstrumentationName:
        return RefString(span.scope.name);
      case traceql::Intrinsic::kInstrumentationVersion:
        return RefString(span.scope.version);
      default:
        ADD_FAILURE() << "the generator knows an intrinsic that the reference does not";
        return {};
    }
  }

  RefValue Read(const traceql::Attribute& attribute, const Cursor& at) const {
    if (attribute.intrinsic != traceql::Intrinsic::kNone)
      return ReadIntrinsic(attribute.intrinsic, at);
    const RefAttributes& resource = data_.resources[at.span->resource].attributes;
    switch (attribute.scope) {
      case traceql::Scope::kNone: {
        const RefValue own = Find(at.span->attributes, attribute.key);
        if (own.type != Type::kNil) return own;
        return attribute.key == "service.name" ? ServiceOf(*at.span)
                                               : Find(resource, attribute.key);
      }
      case traceql::Scope::kSpan:
        return Find(at.span->attributes, attribute.key);
      case traceql::Scope::kResource:
        return attribute.key == "service.name" ? ServiceOf(*at.span)
                                               : Find(resource, attribute.key);
      case traceql::Scope::kEvent:
        return at.event == nullptr ? RefValue() : Find(at.event->attributes, attribute.key);
      case traceql::Scope::kInstrumentation:
        return Find(at.span->scope.attributes, attribute.key);
      default:
        return {};
    }
  }

  static bool IsOfEvent(const traceql::Attribute& attribute) {
    return attribute.intrinsic == traceql::Intrinsic::kEventName ||
           attribute.intrinsic == traceql::Intrinsic::kEventTimeSinceStart ||
           (attribute.intrinsic == traceql::Intrinsic::kNone &&
            attribute.scope == traceql::Scope::kEvent);
  }

  // Expressions.

  RefValue Literal(const traceql::Value& value) const {
    static const std::map<traceql::ValueType, Type> types = {
        {traceql::ValueType::kNil, Type::kNil},
        {traceql::ValueType::kInt, Type::kInt},
        {traceql::ValueType::kFloat, Type::kFloat},
        {traceql::ValueType::kString, Type::kString},
        {traceql::ValueType::kBool, Type::kBool},
        {traceql::ValueType::kDuration, Type::kDuration},
        {traceql::ValueType::kStatus, Type::kStatus},
        {traceql::ValueType::kKind, Type::kKind}};
    return {.type = types.at(value.type),
            .number = value.number,
            .real = value.real,
            .text = value.text};
  }

  RefValue EvaluateUnary(const traceql::Expr& expr, const Cursor& at) const {
    using traceql::Operator;
    const traceql::Expr& operand = query_.exprs[expr.left];
    const bool lacks_event = operand.kind == traceql::Expr::Kind::kAttribute &&
                             IsOfEvent(query_.AttributeOf(operand)) && at.event == nullptr;
    if (expr.op == Operator::kNotExists && lacks_event) return RefBool(false);
    RefValue value = Evaluate(expr.left, at);
    if (expr.op == Operator::kNot) return RefBool(!RefTruthy(value));
    if (expr.op == Operator::kNotExists) return RefBool(value.type == Type::kNil);
    if (expr.op == Operator::kExists)
      return RefBool(value.type != Type::kNil && value.type != Type::kOpaque);
    if (!value.is_numeric()) return {};
    value.number = -value.number;
    value.real = -value.real;
    return value;
  }

  // A name that no event has differs from every other.
  bool IsMissingName(const traceql::Expr& side, const RefValue& value) const {
    return side.kind == traceql::Expr::Kind::kAttribute && value.type == Type::kNil &&
           query_.AttributeOf(side).intrinsic == traceql::Intrinsic::kEventName;
  }

  RefValue EvaluateBinary(const traceql::Expr& expr, const Cursor& at) const {
    using traceql::Operator;
    const RefValue left = Evaluate(expr.left, at);
    if (expr.op == Operator::kAnd && !RefTruthy(left)) return RefBool(false);
    if (expr.op == Operator::kOr && RefTruthy(left)) return RefBool(true);
    const RefValue right = Evaluate(expr.right, at);
    if (expr.op == Operator::kAnd || expr.op == Operator::kOr) return RefBool(RefTruthy(right));
    if (traceql::IsArithmetic(expr.op)) return RefArithmetic(expr.op, left, right);
    const traceql::Expr& left_expr = query_.exprs[expr.left];
    const traceql::Expr& right_expr = query_.exprs[expr.right];
    if (expr.op == Operator::kNotEqual) {
      if (IsMissingName(left_expr, left) && right_expr.kind == traceql::Expr::Kind::kLiteral)
        return RefBool(true);
      if (IsMissingName(right_expr, right) && left_expr.kind == traceql::Expr::Kind::kLiteral)
        return RefBool(true);
    }
    return RefBool(RefCompareAny(expr.op, left, right));
  }

  RefValue Evaluate(traceql::ExprId id, const Cursor& at) const {
    const traceql::Expr& expr = query_.exprs[id];
    switch (expr.kind) {
      case traceql::Expr::Kind::kLiteral:
        return Literal(query_.LiteralOf(expr));
      case traceql::Expr::Kind::kAttribute:
        return Read(query_.AttributeOf(expr), at);
      case traceql::Expr::Kind::kUnary:
        return EvaluateUnary(expr, at);
      default:
        return EvaluateBinary(expr, at);
    }
  }

  bool ReadsEvents(traceql::ExprId id) const {
    const traceql::Expr& expr = query_.exprs[id];
    if (expr.kind == traceql::Expr::Kind::kLiteral) return false;
    if (expr.kind == traceql::Expr::Kind::kAttribute) return IsOfEvent(query_.AttributeOf(expr));
    return ReadsEvents(expr.left) ||
           (expr.kind == traceql::Expr::Kind::kBinary && ReadsEvents(expr.right));
  }

  std::vector<Cursor> CursorsOf(traceql::ExprId expr, const RefSpan& span) const {
    if (!ReadsEvents(expr) || span.events.empty()) return {{&span, nullptr}};
    std::vector<Cursor> cursors;
    for (const RefEvent& event : span.events) cursors.push_back({&span, &event});
    return cursors;
  }

  bool Passes(traceql::ExprId filter, const RefSpan& span) const {
    return std::ranges::any_of(CursorsOf(filter, span), [&](const Cursor& at) {
      const RefValue value = Evaluate(filter, at);
      return value.type == Type::kBool && value.number != 0;
    });
  }

  RefValue FirstValue(traceql::ExprId expr, const RefSpan& span) const {
    for (const Cursor& at : CursorsOf(expr, span)) {
      RefValue value = Evaluate(expr, at);
      if (value.type != Type::kNil) return value;
    }
    return {};
  }

  // Structure.

  bool IsAncestor(const RefSpan& above, const RefSpan& below) const {
    for (const RefSpan* at = Parent(below); at != nullptr; at = Parent(*at)) {
      if (at == &above) return true;
    }
    return false;
  }

  bool AreRelated(traceql::SpansetOperator op, const RefSpan& a, const RefSpan& b) const {
    using traceql::SpansetOperator;
    if (!IsInTree(a) || !IsInTree(b)) return false;
    switch (op) {
      case SpansetOperator::kChild:
        return Parent(b) == &a;
      case SpansetOperator::kParent:
        return Parent(a) == &b;
      case SpansetOperator::kDescendant:
        return IsAncestor(a, b);
      case SpansetOperator::kAncestor:
        return IsAncestor(b, a);
      default:
        return &a != &b && Parent(a) == Parent(b);
    }
  }

  using Spans = std::vector<const RefSpan*>;

  Spans Related(traceql::SpansetOperator op, const Spans& left, const Spans& right,
                bool wanted) const {
    Spans kept;
    for (const RefSpan* b : right) {
      const bool any =
          std::ranges::any_of(left, [&](const RefSpan* a) { return AreRelated(op, *a, *b); });
      if (any == wanted) kept.push_back(b);
    }
    return kept;
  }

  static traceql::SpansetOperator Reversed(traceql::SpansetOperator op) {
    using traceql::SpansetOperator;
    switch (op) {
      case SpansetOperator::kChild:
        return SpansetOperator::kParent;
      case SpansetOperator::kParent:
        return SpansetOperator::kChild;
      case SpansetOperator::kDescendant:
        return SpansetOperator::kAncestor;
      case SpansetOperator::kAncestor:
        return SpansetOperator::kDescendant;
      default:
        return op;
    }
  }

  static Spans Union(const Spans& a, const Spans& b) {
    Spans both = a;
    for (const RefSpan* span : b) {
      if (std::ranges::find(a, span) == a.end()) both.push_back(span);
    }
    return both;
  }

  Spans Structure(traceql::SpansetOperator op, const Spans& left, const Spans& right) const {
    using traceql::SpansetOperator;
    const auto shifted = [&](SpansetOperator first) {
      return static_cast<SpansetOperator>(static_cast<int>(SpansetOperator::kChild) +
                                          static_cast<int>(op) - static_cast<int>(first));
    };
    if (op >= SpansetOperator::kUnionChild) {
      const SpansetOperator plain = shifted(SpansetOperator::kUnionChild);
      return Union(Related(Reversed(plain), right, left, true), Related(plain, left, right, true));
    }
    if (op >= SpansetOperator::kNotChild)
      return Related(shifted(SpansetOperator::kNotChild), left, right, false);
    return Related(op, left, right, true);
  }

  // Pipelines.

  static Spans Flat(const Sets& sets) {
    Spans spans;
    for (const RefSet& set : sets) spans = Union(spans, set.spans);
    return spans;
  }

  Sets RunSpanset(traceql::SpansetId id, const RefSet& input) {
    const traceql::Spanset& spanset = query_.spansets[id];
    if (spanset.kind == traceql::Spanset::Kind::kPipeline)
      return RunPipeline(spanset.pipeline, {input});
    RefSet out{.spans = {}, .attributes = input.attributes};
    if (spanset.kind == traceql::Spanset::Kind::kFilter) {
      for (const RefSpan* span : input.spans) {
        if (Passes(spanset.filter, *span)) out.spans.push_back(span);
      }
    } else {
      const Sets left = RunSpanset(spanset.left, input);
      const Sets right = RunSpanset(spanset.right, input);
      const Spans a = Flat(left);
      const Spans b = Flat(right);
      if (spanset.op == traceql::SpansetOperator::kAnd) {
        if (!a.empty() && !b.empty()) out.spans = Union(a, b);
      } else if (spanset.op == traceql::SpansetOperator::kOr) {
        out.spans = Union(a, b);
      } else {
        if (left.size() > 1 || right.size() > 1) throw RefFailure();
        out.spans = Structure(spanset.op, a, b);
      }
    }
    return out.spans.empty() ? Sets() : Sets{out};
  }

  RefValue Aggregate(const traceql::Scalar& scalar, const Spans& spans) const {
    if (scalar.aggregate == traceql::Aggregate::kCount)
      return RefInt(static_cast<int64_t>(spans.size()));
    std::vector<RefValue> values;
    for (const RefSpan* span : spans) {
      const RefValue value = FirstValue(scalar.argument, *span);
      if (value.is_numeric() && !std::isnan(value.AsDouble())) values.push_back(value);
    }
    if (values.empty()) return {};
    if (scalar.aggregate == traceql::Aggregate::kMin ||
        scalar.aggregate == traceql::Aggregate::kMax) {
      RefValue best = values.front();
      for (const RefValue& value : values) {
        const int order = *RefOrder(value, best);
        if (scalar.aggregate == traceql::Aggregate::kMin ? order < 0 : order > 0) best = value;
      }
      return best;
    }
    const Type type = values.front().type;
    const bool is_uniform =
        std::ranges::all_of(values, [&](const RefValue& value) { return value.type == type; });
    double sum = 0;
    int64_t whole = 0;
    for (const RefValue& value : values) sum += value.AsDouble(), whole += value.number;
    const bool is_whole = is_uniform && type != Type::kFloat;
    const auto count = static_cast<int64_t>(values.size());
    if (scalar.aggregate == traceql::Aggregate::kSum)
      return is_whole ? RefValue{.type = type, .number = whole} : RefFloat(sum);
    if (is_uniform && type == Type::kDuration) return RefDuration(whole / count);
    return RefFloat((is_whole ? static_cast<double>(whole) : sum) / static_cast<double>(count));
  }

  Sets FilterScalar(const traceql::ScalarFilter& filter, const Sets& sets) const {
    const traceql::Scalar& scalar = query_.scalars[filter.left];
    Sets kept;
    for (RefSet set : sets) {
      const RefValue value = Aggregate(scalar, set.spans);
      if (!RefCompareAny(filter.op, value, Literal(query_.scalars[filter.right].literal))) continue;
      set.attributes.emplace_back(traceql::FormatAggregate(query_, scalar), value);
      kept.push_back(set);
    }
    return kept;
  }

  Sets Group(const traceql::GroupBy& group, const Sets& sets) const {
    const std::string name = "by(" + traceql::Format(query_, group.key) + ")";
    Sets groups;
    for (const RefSet& set : sets) {
      std::vector<std::pair<RefValue, RefSet>> known;
      for (const RefSpan* span : set.spans) {
        RefValue value = FirstValue(group.key, *span);
        if (value.type == Type::kOpaque) value = {};
        auto at = std::ranges::find(known, value, &std::pair<RefValue, RefSet>::first);
        if (at == known.end()) at = known.insert(known.end(), {value, {{}, set.attributes}});
        at->second.spans.push_back(span);
      }
      for (auto& [value, one] : known) {
        one.attributes.emplace_back(name, value.type == Type::kNil ? RefString("nil") : value);
        groups.push_back(one);
      }
    }
    return groups;
  }

  Sets RunPipeline(traceql::PipelineId pipeline, Sets sets) {
    for (const traceql::Stage& stage : query_.pipelines[pipeline].stages) {
      if (const auto* spanset = std::get_if<traceql::SpansetStage>(&stage)) {
        Sets out;
        for (const RefSet& set : sets) {
          for (RefSet& one : RunSpanset(spanset->spanset, set)) out.push_back(std::move(one));
        }
        sets = std::move(out);
      } else if (const auto* filter = std::get_if<traceql::ScalarFilter>(&stage)) {
        sets = FilterScalar(*filter, sets);
      } else if (const auto* group = std::get_if<traceql::GroupBy>(&stage)) {
        sets = Group(*group, sets);
      } else if (std::holds_alternative<traceql::Coalesce>(stage)) {
        sets = {RefSet{Flat(sets), {}}};
      }
      if (sets.empty()) break;
    }
    return sets;
  }

  const traceql::Query& query_;
  const RefData& data_;
  const RefTrace& trace_;
};

}  // namespace vivace::testing
