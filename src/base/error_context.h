// Adds context to an error on its way up. A pure function, any thread.
#pragma once

#include <concepts>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace vivace {

// `result`, with "context: " in front of the message of an error.
template <typename T>
Result<T> WithContext(Result<T> result, std::string_view context) {
  if (result.has_value()) return result;
  return std::unexpected(std::move(result).error().WithContext(context));
}

// The same where the context costs something to make: `context` is called for an error only.
template <typename T, std::invocable Context>
Result<T> WithContext(Result<T> result, Context&& context) {
  if (result.has_value()) return result;
  return std::unexpected(std::move(result).error().WithContext(context()));
}

}  // namespace vivace
