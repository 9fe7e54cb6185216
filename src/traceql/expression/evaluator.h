// Evaluator: evaluates an expression of a query on the spans of a view.
//
// A comparison of an attribute with a literal, and a regular expression, is decided once per
// distinct value and then looked up by code. An expression about events (or links) holds for a span
// if it holds with one of its events, the same one wherever it says "event"; a span without any is
// evaluated once, without an event. One view, one thread.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "traceql/expression/attribute_reader.h"
#include "traceql/expression/comparison.h"
#include "traceql/syntax/ast.h"

namespace vivace::traceql {

// By span of a view: 1 or 0.
using SpanMask = std::vector<uint8_t>;

class Evaluator {
 public:
  // Columns are loaded when they are first read. `query` and `rows` must outlive the evaluator.
  static Result<Evaluator> Make(const Query& query, ExprId root, const ViewRows& rows);

  // Clears those of the spans in the mask that the expression is not true of: column by column
  // where it compares attributes of spans and their owners with literals, else span by span.
  Status Narrow(SpanMask& mask) const;
  // Whether Narrow goes column by column and cannot fail: then it may be asked about spans that
  // IsTrue would not have been.
  bool IsByColumn() const;
  // Whether the expression is true of the span. Fails where it cannot be computed (division by
  // zero).
  Result<bool> IsTrue(uint32_t span) const;
  // Its value; with several events or links, the first that is not nil. Its text may go with the
  // next call.
  Result<Datum> ValueAt(uint32_t span) const;

 private:
  struct Node {
    enum class Kind : uint8_t { kLiteral, kAttribute, kComparison, kAll, kAny, kUnary, kBinary };
    Kind kind = Kind::kLiteral;
    Operator op = Operator::kAdd;
    Value literal;                                  // of kLiteral
    Attribute attribute;                            // of kAttribute, kComparison
    mutable std::optional<AttributeReader> reader;  // of that; made on first use
    std::optional<Comparison> comparison;           // of kComparison
    std::vector<uint32_t> operands;                 // other nodes
    // Of kComparison, by code: 0 not known yet, 1 no, 2 yes. For the reader's first and second
    // column.
    mutable std::vector<uint8_t> results[2];
  };

  Evaluator(const Query& query, const ViewRows& rows) : query_(query), rows_(&rows) {}
  Result<uint32_t> Compile(ExprId id);
  Result<uint32_t> CompileBinary(const Expr& expr);
  Result<uint32_t> CompileChain(ExprId id);
  Result<uint32_t> CompileComparison(Operator op, const Attribute& attribute, const Value& literal);
  void SetAttribute(const Attribute& attribute, Node& node);
  void SortByCost(std::vector<uint32_t>& operands) const;
  Status Load(const Node& node) const;
  Status LoadAll() const;
  uint32_t Add(Node node);

  template <typename Visit>
  Status ForEachCursor(uint32_t span, const Visit& visit) const;
  Result<Datum> Evaluate(uint32_t node, const Cursor& cursor) const;
  bool IsByColumn(uint32_t node) const;
  Status Narrow(uint32_t node, SpanMask& mask) const;
  Status NarrowByAny(const Node& node, SpanMask& mask) const;
  Status NarrowOneByOne(uint32_t node, bool (*passes)(const Datum&), SpanMask& mask) const;
  Status NarrowByComparison(const Node& node, SpanMask& mask) const;
  Status NarrowByCodes(const Node& node, const AttributeReader::CodedColumn& coded,
                       SpanMask& mask) const;
  Status NarrowByNumbers(const Node& node, const Column& column, SpanMask& mask) const;
  Status NarrowByTrace(const Node& node, SpanMask& mask) const;
  static bool LacksOwner(const Node& node, const Cursor& cursor);
  Result<Datum> EvaluateChain(const Node& node, const Cursor& cursor) const;
  bool Compare(const Node& node, const Cursor& cursor) const;

  const Query& query_;
  const ViewRows* rows_;
  std::vector<Node> nodes_;
  uint32_t root_ = 0;
  bool reads_events_ = false;
  bool reads_links_ = false;
  mutable bool all_loaded_ = false;
  mutable std::deque<std::string> several_;  // results of arithmetic for one cursor
  mutable uint32_t cursors_ = 0;             // visited
};

}  // namespace vivace::traceql
