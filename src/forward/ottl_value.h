// What OTTL conditions compute with: values of a row, and the paths by which they are named. Pure
// functions, any thread.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "columns/span_batch.h"

namespace vivace {

// What a condition is evaluated on: a span, or one of its events.
enum class OttlContext : uint8_t { kSpan, kSpanEvent };

struct OttlRow {
  const SpanBatch& batch;
  uint32_t span = 0;
  uint32_t event = 0;              // with kSpanEvent: row of the batch's events
  std::deque<std::string>& texts;  // made during evaluation: values refer to them
};

// kEmpty is nil.
using OttlValue = AttributeValue;
using OttlGetter = std::function<OttlValue(const OttlRow& row)>;

// A path like resource.attributes["k"]: its names, and the key in brackets where there is one.
struct OttlPath {
  std::vector<std::string> names;
  std::string key;
  bool has_key = false;

  std::string Text() const;
};

// INVALID_ARGUMENT for a path that the context does not have.
Result<OttlGetter> OttlGetterOf(const OttlPath& path, OttlContext context);

// Compares as OTTL does: numbers with numbers, nil with nil; what cannot be compared is only
// unequal. `op`: "==", "<", ...
bool OttlCompare(const OttlValue& left, std::string_view op, const OttlValue& right);

}  // namespace vivace
