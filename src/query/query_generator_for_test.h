// Test support: random queries from a grammar, about the names and values that
// reference_rows_for_test.h makes.
//
// Some do not pass the type check: the caller tries again.
#pragma once

#include <string>
#include <vector>

#include "query/reference_rows_for_test.h"

namespace vivace::testing {

class QueryGenerator {
 public:
  explicit QueryGenerator(Random& random) : random_(random) {}

  std::string Pipeline() {
    std::string query = Pick(8) == 0 ? "{ } | by(" + FieldExpr(1) + ")" : Spansets(2);
    for (uint64_t stages = Pick(3); stages > 0; --stages) query += " | " + Stage();
    return query;
  }

  // For `by (…)` of metrics.
  std::string GroupKeys() { return Pick(3) == 0 ? GroupKey() + ", " + GroupKey() : GroupKey(); }

 private:
  std::string GroupKey() {
    return OneOf({".service.name", ".i", ".m", "span.s", "name", "status", "kind",
                  "resource.service.name", "span.nosuch", "event.i", "rootName"});
  }

  uint64_t Pick(uint64_t below) { return random_() % below; }
  std::string OneOf(const std::vector<std::string>& choices) {
    return choices[Pick(choices.size())];
  }

  std::string Attribute() {
    return OneOf({".i",
                  ".f",
                  ".s",
                  ".b",
                  ".m",
                  "span.i",
                  "span.f",
                  "span.s",
                  "span.b",
                  "span.m",
                  "resource.i",
                  "resource.m",
                  "resource.s",
                  "resource.service.name",
                  ".service.name",
                  "event.i",
                  "event.s",
                  "event.m",
                  "instrumentation.i",
                  "instrumentation.m",
                  "span.nosuch",
                  "span.http.method",
                  ".http.method"});
  }
  std::string Literal() {
    return OneOf({"0", "1", "-1", "2", "0.5", "1.5", "\"x\"", "\"yy\"", "\"\"", "true", "false",
                  "\"GET\"", "\"shop\"", "\"own\""});
  }
  std::string Comparison() { return OneOf({"=", "!=", "<", "<=", ">", ">="}); }

  std::string IntrinsicTest() {
    switch (Pick(12)) {
      case 0:
        return "duration " + Comparison() + " " + OneOf({"100ns", "50", "0.5", "150ns"});
      case 1:
        return "name " + OneOf({"=", "!=", "=~", "!~", ">"}) + " \"" + OneOf({"A", "B", "A|C"}) +
               "\"";
      case 2:
        return "status " + OneOf({"=", "!="}) + " " + OneOf({"ok", "error", "unset"});
      case 3:
        return "kind " + OneOf({"=", "!="}) + " " + OneOf({"server", "client", "internal"});
      case 4:
        return "statusMessage " + OneOf({"=", "!="}) + " " + OneOf({"\"broken\"", "\"\""});
      case 5:
        return "event:name " + OneOf({"=", "!="}) + " \"" + OneOf({"retry", "stop", "none"}) + "\"";
      case 6:
        return "event:timeSinceStart " + Comparison() + " " + OneOf({"4ns", "0"});
      case 7:
        return "rootName " + OneOf({"=", "!="}) + " \"" + OneOf({"A", "B"}) + "\"";
      case 8:
        return "traceDuration " + Comparison() + " 600ns";
      case 9:
        return "span:childCount " + Comparison() + " " + OneOf({"0", "1", "2"});
      case 10:
        return "instrumentation:name = " + OneOf({"\"lib\"", "\"\""});
      default:
        return "rootServiceName = " + OneOf({"\"shop\"", "\"cart\"", "\"\""});
    }
  }

  std::string Number(int depth) {
    if (depth <= 0 || Pick(3) == 0)
      return OneOf({".i", "span.i", "span.f", ".m", "duration", "1", "2", "0.5"});
    return "(" + Number(depth - 1) + " " + OneOf({"+", "-", "*", "/", "%"}) + " " +
           Number(depth - 1) + ")";
  }

  std::string FieldExpr(int depth) {
    switch (Pick(depth > 0 ? 12 : 6)) {
      case 0:
        return Attribute() + " " + Comparison() + " " + Literal();
      case 1:
        return Literal() + " " + Comparison() + " " + Attribute();
      case 2:
        return Attribute() + " " + OneOf({"=~", "!~"}) + " \"" +
               OneOf({"x.*", "x|yy", "G.T", "", "x.", "x[^a]"}) + "\"";
      case 3:
        return Attribute() + OneOf({" = nil", " != nil"});
      case 4:
      case 5:
        return Pick(4) == 0 ? Attribute() : IntrinsicTest();
      case 6:
        return Number(2) + " " + Comparison() + " " + Number(1);
      case 7:
        return "!(" + FieldExpr(depth - 1) + ")";
      case 8:
        return Attribute() + " " + Comparison() + " " + Attribute();
      case 9:
        return "!" + Attribute() + " " + Comparison() + " " + Literal();
      default:
        return "(" + FieldExpr(depth - 1) + ") " + OneOf({"&&", "||"}) + " (" +
               FieldExpr(depth - 1) + ")";
    }
  }

  std::string Filter() {
    return Pick(6) == 0 ? OneOf({"{ }", "{ true }", "{ false }"}) : "{ " + FieldExpr(3) + " }";
  }

  std::string SpansetOperator() {
    return OneOf({"&&", "||", ">", "<", ">>", "<<", "~", "!>", "!<", "!>>", "!<<", "!~", "&>", "&<",
                  "&>>", "&<<", "&~"});
  }

  std::string Spansets(int depth) {
    if (depth <= 0 || Pick(2) == 0) return Filter();
    if (Pick(6) == 0)
      return "({ } | by(" + Attribute() + ")) " + SpansetOperator() + " (" + Filter() + " | " +
             Stage() + ")";
    return "(" + Spansets(depth - 1) + ") " + SpansetOperator() + " (" + Spansets(depth - 1) + ")";
  }

  std::string Stage() {
    switch (Pick(7)) {
      case 0:
        return "by(" +
               OneOf({".i", ".m", "name", "status", "span.s", "event.i", "duration > 100ns",
                      "resource.service.name", ".service.name", "!.b"}) +
               ")";
      case 1:
        return "coalesce()";
      case 2:
        return "count() " + Comparison() + " " + OneOf({"0", "1", "2", "3"});
      case 3:
        // The smallest of values of several types is not defined, so there is nothing to compare.
        return (Pick(3) == 0 ? OneOf({"avg(.m)", "sum(.m)"})
                             : OneOf({"avg", "sum", "min", "max"}) + "(" +
                                   OneOf({".i", "span.f", "duration", "span.i + 1"}) + ")") +
               " " + Comparison() + " " + OneOf({"0", "1", "0.5", "100"});
      case 4:
        return "select(" + Attribute() + ")";
      default:
        return Filter();
    }
  }

  Random& random_;
};

}  // namespace vivace::testing
