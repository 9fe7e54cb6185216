#include "traceql/expression/evaluator.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace vivace::traceql {
namespace {

enum CachedResult : uint8_t { kUnknown = 0, kNo = 1, kYes = 2 };

bool IsEmpty(const SpanMask& mask) { return std::memchr(mask.data(), 1, mask.size()) == nullptr; }

// What it takes to read the attribute for all spans, roughly: few rows first, lists of attributes
// last.
int CostOf(const Attribute& attribute) {
  if (attribute.intrinsic != Intrinsic::kNone) return 1;
  switch (attribute.scope) {
    case Scope::kResource:
    case Scope::kInstrumentation:
      return 0;
    case Scope::kSpan:
      return 2;
    default:
      return 3;
  }
}

int OrderOf(int64_t a, int64_t b) { return a < b ? -1 : a > b ? 1 : 0; }

}  // namespace

Result<Evaluator> Evaluator::Make(const Query& query, ExprId root, const ViewRows& rows) {
  Evaluator evaluator(query, rows);
  VIVACE_ASSIGN(evaluator.root_, evaluator.Compile(root));
  return evaluator;
}

uint32_t Evaluator::Add(Node node) {
  nodes_.push_back(std::move(node));
  return static_cast<uint32_t>(nodes_.size() - 1);
}

void Evaluator::SetAttribute(const Attribute& attribute, Node& node) {
  node.attribute = attribute;
  reads_events_ |= LevelOf(attribute) == AttributeLevel::kEvent;
  reads_links_ |= LevelOf(attribute) == AttributeLevel::kLink;
}

Status Evaluator::Load(const Node& node) const {
  const bool reads = node.kind == Node::Kind::kAttribute || node.kind == Node::Kind::kComparison;
  if (!reads || node.reader.has_value()) return {};
  VIVACE_ASSIGN(AttributeReader reader, AttributeReader::Make(node.attribute, *rows_));
  node.reader.emplace(std::move(reader));
  return {};
}

Status Evaluator::LoadAll() const {
  if (all_loaded_) return {};
  for (const Node& node : nodes_) VIVACE_TRY(Load(node));
  all_loaded_ = true;
  return {};
}

Result<uint32_t> Evaluator::Compile(ExprId id) {
  const Expr& expr = query_.exprs[id];
  Node node;
  switch (expr.kind) {
    case Expr::Kind::kLiteral:
      node.literal = query_.LiteralOf(expr);
      return Add(std::move(node));
    case Expr::Kind::kAttribute: {
      node.kind = Node::Kind::kAttribute;
      SetAttribute(query_.AttributeOf(expr), node);
      return Add(std::move(node));
    }
    case Expr::Kind::kUnary: {
      node.kind = Node::Kind::kUnary;
      node.op = expr.op;
      VIVACE_ASSIGN(const uint32_t operand, Compile(expr.left));
      node.operands.push_back(operand);
      return Add(std::move(node));
    }
    case Expr::Kind::kBinary:
      return expr.op == Operator::kAnd || expr.op == Operator::kOr ? CompileChain(id)
                                                                   : CompileBinary(expr);
  }
  return Add(std::move(node));
}

Result<uint32_t> Evaluator::CompileBinary(const Expr& expr) {
  const Expr& left = query_.exprs[expr.left];
  const Expr& right = query_.exprs[expr.right];
  const bool compares = IsComparison(expr.op) || IsRegex(expr.op);
  if (compares && left.kind == Expr::Kind::kAttribute && right.kind == Expr::Kind::kLiteral) {
    return CompileComparison(expr.op, query_.AttributeOf(left), query_.LiteralOf(right));
  }
  if (IsComparison(expr.op) && left.kind == Expr::Kind::kLiteral &&
      right.kind == Expr::Kind::kAttribute) {
    return CompileComparison(Mirrored(expr.op), query_.AttributeOf(right), query_.LiteralOf(left));
  }
  Node node{.kind = Node::Kind::kBinary, .op = expr.op};
  VIVACE_ASSIGN(const uint32_t first, Compile(expr.left));
  VIVACE_ASSIGN(const uint32_t second, Compile(expr.right));
  node.operands = {first, second};
  return Add(std::move(node));
}

Result<uint32_t> Evaluator::CompileComparison(Operator op, const Attribute& attribute,
                                              const Value& literal) {
  Node node{
      .kind = Node::Kind::kComparison, .op = op, .comparison = Comparison(attribute, op, literal)};
  SetAttribute(attribute, node);
  return Add(std::move(node));
}

// Comparisons have no effects, so their order is free up to the first operand that is none.
void Evaluator::SortByCost(std::vector<uint32_t>& operands) const {
  const auto end = std::ranges::find_if(
      operands, [&](uint32_t node) { return nodes_[node].kind != Node::Kind::kComparison; });
  std::stable_sort(operands.begin(), end, [&](uint32_t a, uint32_t b) {
    return CostOf(nodes_[a].attribute) < CostOf(nodes_[b].attribute);
  });
}

// a && b && c as one node, however it is nested.
Result<uint32_t> Evaluator::CompileChain(ExprId id) {
  const Operator op = query_.exprs[id].op;
  Node node{.kind = op == Operator::kAnd ? Node::Kind::kAll : Node::Kind::kAny, .op = op};
  std::vector<ExprId> pending{id};
  while (!pending.empty()) {
    const ExprId next = pending.back();
    pending.pop_back();
    const Expr& expr = query_.exprs[next];
    if (expr.kind == Expr::Kind::kBinary && expr.op == op) {
      pending.push_back(expr.right);
      pending.push_back(expr.left);
      continue;
    }
    VIVACE_ASSIGN(const uint32_t operand, Compile(next));
    node.operands.push_back(operand);
  }
  if (op == Operator::kAnd) SortByCost(node.operands);
  return Add(std::move(node));
}

// Calls `visit(cursor)`, which returns whether to go on, for each event and link that the
// expression may be about.
template <typename Visit>
Status Evaluator::ForEachCursor(uint32_t span, const Visit& visit) const {
  auto [event, events_end] =
      reads_events_ ? rows_->EventsOf(span) : std::pair<uint32_t, uint32_t>{0, 0};
  const auto [links_begin, links_end] =
      reads_links_ ? rows_->LinksOf(span) : std::pair<uint32_t, uint32_t>{0, 0};
  do {
    uint32_t link = links_begin;
    do {
      if (!several_.empty()) several_.clear();
      if (cursors_++ % ViewRows::kSpansPerCheck == 0) VIVACE_TRY(rows_->CheckCancelled());
      const Cursor cursor{span, event < events_end ? event : Cursor::kNone,
                          link < links_end ? link : Cursor::kNone};
      VIVACE_ASSIGN(const bool go_on, visit(cursor));
      if (!go_on) return {};
    } while (++link < links_end);
  } while (++event < events_end);
  return {};
}

bool Evaluator::IsByColumn() const { return !reads_events_ && !reads_links_ && IsByColumn(root_); }

bool Evaluator::IsByColumn(uint32_t id) const {
  const Node& node = nodes_[id];
  if (node.kind == Node::Kind::kComparison || node.kind == Node::Kind::kLiteral) return true;
  if (node.kind != Node::Kind::kAll && node.kind != Node::Kind::kAny) return false;
  return std::ranges::all_of(node.operands,
                             [this](uint32_t operand) { return IsByColumn(operand); });
}

Status Evaluator::Narrow(SpanMask& mask) const {
  const Node::Kind kind = nodes_[root_].kind;
  const bool by_column =
      kind == Node::Kind::kAll || kind == Node::Kind::kAny || kind == Node::Kind::kComparison;
  // One and the same event must satisfy the whole expression.
  const bool by_cursor = reads_events_ || reads_links_;
  return by_column && !by_cursor ? Narrow(root_, mask) : NarrowOneByOne(root_, IsTrueOfAny, mask);
}

Status Evaluator::Narrow(uint32_t id, SpanMask& mask) const {
  const Node& node = nodes_[id];
  VIVACE_TRY(rows_->CheckCancelled());
  switch (node.kind) {
    case Node::Kind::kComparison:
      VIVACE_TRY(Load(node));
      return NarrowByComparison(node, mask);
    case Node::Kind::kAll:
      for (const uint32_t operand : node.operands) {
        VIVACE_TRY(Narrow(operand, mask));
        if (IsEmpty(mask)) break;  // columns that only the others read are not loaded
      }
      return {};
    case Node::Kind::kAny:
      return NarrowByAny(node, mask);
    default:
      return NarrowOneByOne(id, IsTruthy, mask);
  }
}

// Each operand is only evaluated on the spans that no operand before it was true of.
Status Evaluator::NarrowByAny(const Node& node, SpanMask& mask) const {
  SpanMask pending = mask;
  std::ranges::fill(mask, uint8_t{0});
  for (const uint32_t operand : node.operands) {
    SpanMask passed = pending;
    VIVACE_TRY(Narrow(operand, passed));
    for (size_t span = 0; span < mask.size(); ++span) {
      mask[span] |= passed[span];
      pending[span] &= static_cast<uint8_t>(passed[span] ^ 1);
    }
  }
  return {};
}

Status Evaluator::NarrowOneByOne(uint32_t node, bool (*passes)(const Datum&),
                                 SpanMask& mask) const {
  if (nodes_[node].kind == Node::Kind::kLiteral) {
    if (!passes(Datum::Of(nodes_[node].literal))) std::ranges::fill(mask, uint8_t{0});
    return {};
  }
  VIVACE_TRY(LoadAll());
  for (uint32_t span = 0; span < mask.size(); ++span) {
    if (mask[span] == 0) continue;
    bool is_true = false;
    VIVACE_TRY(ForEachCursor(span, [&](const Cursor& cursor) -> Result<bool> {
      VIVACE_ASSIGN(const Datum datum, Evaluate(node, cursor));
      is_true = passes(datum);
      return !is_true;
    }));
    if (!is_true) mask[span] = 0;
  }
  return {};
}

Status Evaluator::NarrowByComparison(const Node& node, SpanMask& mask) const {
  const AttributeReader& reader = *node.reader;
  if (const AttributeReader::CodedColumn coded = reader.SingleColumn(); coded.column != nullptr) {
    return NarrowByCodes(node, coded, mask);
  } else if (const auto bound = node.comparison->bound();
             bound && node.attribute.intrinsic == Intrinsic::kDuration) {
    for (uint32_t span = 0; span < mask.size(); ++span)
      mask[span] &= Holds(node.op, OrderOf(reader.DurationOf(span), *bound)) ? 1 : 0;
  } else if (const Column* numbers = reader.Numbers(); numbers != nullptr) {
    return NarrowByNumbers(node, *numbers, mask);
  } else if (reader.is_of_trace() && rows_->view().is_by_trace()) {
    return NarrowByTrace(node, mask);
  } else {
    for (uint32_t span = 0; span < mask.size(); ++span) {
      if (span % ViewRows::kSpansPerCheck == 0) VIVACE_TRY(rows_->CheckCancelled());
      if (mask[span] != 0 && !Compare(node, {.span = span})) mask[span] = 0;
    }
  }
  return {};
}

// Each small number is decided once.
Status Evaluator::NarrowByNumbers(const Node& node, const Column& column, SpanMask& mask) const {
  std::array<uint8_t, 8> results{};
  for (uint32_t span = 0; span < mask.size(); ++span) {
    if (mask[span] == 0) continue;
    const uint64_t number = column.numbers[span];
    if (number >= results.size()) {
      mask[span] = Compare(node, {.span = span}) ? 1 : 0;
      continue;
    }
    uint8_t& result = results[number];
    if (result == kUnknown) result = Compare(node, {.span = span}) ? kYes : kNo;
    mask[span] = result == kYes ? 1 : 0;
  }
  return {};
}

Status Evaluator::NarrowByTrace(const Node& node, SpanMask& mask) const {
  VIVACE_ASSIGN(const std::span<const uint32_t> first, rows_->FirstSpans(RowKind::kTrace));
  for (uint32_t trace = 0; trace < rows_->trace_count(); ++trace) {
    if (trace % ViewRows::kSpansPerCheck == 0) VIVACE_TRY(rows_->CheckCancelled());
    if (first[trace] == first[trace + 1] || Compare(node, {.span = first[trace]})) continue;
    std::fill(mask.begin() + first[trace], mask.begin() + first[trace + 1], uint8_t{0});
  }
  return {};
}

// Each code is decided once; where the column is of resources, scopes or traces, each row of it.
Status Evaluator::NarrowByCodes(const Node& node, const AttributeReader::CodedColumn& coded,
                                SpanMask& mask) const {
  const Column& column = *coded.column;
  std::vector<uint8_t>& results = node.results[0];
  if (results.empty()) results.resize(column.values->size());
  const uint8_t if_missing = node.comparison->Holds(node.reader->ValueIfMissing()) ? 1 : 0;
  const auto passes = [&](uint32_t code) -> uint8_t {
    if (code == Column::kMissing) return if_missing;
    uint8_t& result = results[code];
    if (result == kUnknown)
      result = node.comparison->Holds(node.reader->ValueOf({&column, code, false})) ? kYes : kNo;
    return result == kYes ? 1 : 0;
  };
  if (coded.kind == RowKind::kSpan) {
    for (size_t span = 0; span < mask.size(); ++span) {
      if (mask[span] != 0) mask[span] = passes(column.codes[span]);
    }
    return {};
  }
  if (!rows_->view().is_by_trace()) {
    const std::span<const uint32_t> owners = rows_->view().Owners(coded.kind);
    std::vector<uint8_t> by_owner(column.codes.size());
    for (size_t row = 0; row < by_owner.size(); ++row) by_owner[row] = passes(column.codes[row]);
    for (size_t span = 0; span < mask.size(); ++span) mask[span] &= by_owner[owners[span]];
    return {};
  }
  VIVACE_ASSIGN(const std::span<const uint32_t> first, rows_->FirstSpans(coded.kind));
  for (size_t row = 0; row < column.codes.size(); ++row) {
    if (passes(column.codes[row]) == 0)
      std::fill(mask.begin() + first[row], mask.begin() + first[row + 1], uint8_t{0});
  }
  return {};
}

Result<bool> Evaluator::IsTrue(uint32_t span) const {
  VIVACE_TRY(LoadAll());
  bool is_true = false;
  VIVACE_TRY(ForEachCursor(span, [&](const Cursor& cursor) -> Result<bool> {
    VIVACE_ASSIGN(const Datum datum, Evaluate(root_, cursor));
    is_true = IsTrueOfAny(datum);
    return !is_true;
  }));
  return is_true;
}

Result<Datum> Evaluator::ValueAt(uint32_t span) const {
  VIVACE_TRY(LoadAll());
  Datum value;
  VIVACE_TRY(ForEachCursor(span, [&](const Cursor& cursor) -> Result<bool> {
    VIVACE_ASSIGN(value, Evaluate(root_, cursor));
    return value.is_nil();
  }));
  return value;
}

bool Evaluator::LacksOwner(const Node& node, const Cursor& cursor) {
  if (node.kind != Node::Kind::kAttribute) return false;
  const AttributeLevel level = LevelOf(node.attribute);
  return (level == AttributeLevel::kEvent && cursor.event == Cursor::kNone) ||
         (level == AttributeLevel::kLink && cursor.link == Cursor::kNone);
}

Result<Datum> Evaluator::Evaluate(uint32_t id, const Cursor& cursor) const {
  const Node& node = nodes_[id];
  switch (node.kind) {
    case Node::Kind::kLiteral:
      return Datum::Of(node.literal);
    case Node::Kind::kAttribute:
      return node.reader->Read(cursor);
    case Node::Kind::kComparison:
      return Datum::Bool(Compare(node, cursor));
    case Node::Kind::kAll:
    case Node::Kind::kAny:
      return EvaluateChain(node, cursor);
    case Node::Kind::kUnary: {
      // What lacks an attribute must be there itself.
      if (node.op == Operator::kNotExists && LacksOwner(nodes_[node.operands[0]], cursor))
        return Datum::Bool(false);
      VIVACE_ASSIGN(const Datum operand, Evaluate(node.operands[0], cursor));
      if (node.op == Operator::kNegate && operand.form == Datum::Form::kSeveral)
        return NegateEach(operand, several_.emplace_back());
      return Apply(node.op, operand);
    }
    case Node::Kind::kBinary: {
      VIVACE_ASSIGN(const Datum left, Evaluate(node.operands[0], cursor));
      VIVACE_ASSIGN(const Datum right, Evaluate(node.operands[1], cursor));
      const bool is_of_several =
          left.form == Datum::Form::kSeveral || right.form == Datum::Form::kSeveral;
      if (IsArithmetic(node.op) && is_of_several)
        return ComputeEach(node.op, left, right, several_.emplace_back());
      return Apply(node.op, left, right);
    }
  }
  return Datum();
}

Result<Datum> Evaluator::EvaluateChain(const Node& node, const Cursor& cursor) const {
  const bool decides = node.kind == Node::Kind::kAny;
  for (const uint32_t operand : node.operands) {
    VIVACE_ASSIGN(const Datum datum, Evaluate(operand, cursor));
    if (IsTruthy(datum) == decides) return Datum::Bool(decides);
  }
  return Datum::Bool(!decides);
}

bool Evaluator::Compare(const Node& node, const Cursor& cursor) const {
  const AttributeReader::CodedValue coded = node.reader->ReadCode(cursor);
  if (coded.column == nullptr) return node.comparison->Holds(node.reader->Read(cursor));
  std::vector<uint8_t>& results = node.results[coded.is_second ? 1 : 0];
  if (results.empty()) results.resize(coded.column->values->size());
  uint8_t& result = results[coded.code];
  if (result == kUnknown) result = node.comparison->Holds(node.reader->ValueOf(coded)) ? kYes : kNo;
  return result == kYes;
}

}  // namespace vivace::traceql
