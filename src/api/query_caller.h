// QueryCaller: for whom a query runs, and until when. A value.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/cancel_token.h"

namespace vivace {

struct QueryCaller {
  std::vector<std::string> tenants;
  std::shared_ptr<const CancelToken> cancelled;  // may be null
};

}  // namespace vivace
