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

bool CacheHint(const Query& query) {
  return std::ranges::none_of(query.hints, [](const Hint& hint) {
    return hint.name == "cache" && hint.value.type == ValueType::kBool && !hint.value.is_true();
  });
}

}  // namespace vivace::traceql
