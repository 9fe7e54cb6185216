#include "query/query_stats.h"

namespace vivace {

Status CheckCancelled(const CancelToken* token) {
  if (token == nullptr || !token->IsCancelled()) return {};
  if (CancelToken::Clock::now() >= token->deadline()) return Fail(ErrorCode::kDeadlineExceeded, "context deadline exceeded");
  return Fail(ErrorCode::kCancelled, "context canceled");
}

}  // namespace vivace
