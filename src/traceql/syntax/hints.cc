#include "traceql/syntax/hints.h"

#include <algorithm>

namespace vivace::traceql {

std::optional<uint64_t> ExemplarsHint(const Query& query) {
  for (const auto& [name, value] : query.hints) {
    if (name != "exemplars") continue;
    if (value.type == ValueType::kInt)
      return static_cast<uint64_t>(std::max<int64_t>(value.number, 0));
    if (value.type == ValueType::kBool && !value.is_true()) return 0;
  }
  return std::nullopt;
}

}  // namespace vivace::traceql
