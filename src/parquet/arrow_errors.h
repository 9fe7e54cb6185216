// Where Arrow's exceptions end: inside src/parquet and src/block only.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace vivace {

// What `function` returns (a Result or Status), or DATA_LOSS where it throws: Arrow throws for
// anything that it cannot parse.
template <typename Function>
auto CatchParquet(std::string_view context, Function&& function) -> decltype(function()) {
  try {
    return std::forward<Function>(function)();
  } catch (const std::exception& thrown) {
    return Fail(ErrorCode::kDataLoss, std::string(context) + ": " + thrown.what());
  }
}

}  // namespace vivace
