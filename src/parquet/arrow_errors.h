// Where Arrow's exceptions end: inside src/parquet and src/block only.
#pragma once

#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace vivace {

// An error of the object store on its way through Arrow, which knows texts only: what could not be
// read is not what was read and is wrong.
class StoreFailure : public std::exception {
 public:
  explicit StoreFailure(Error error) : error_(std::move(error)) {}
  const char* what() const noexcept override { return error_.message.c_str(); }
  const Error& error() const { return error_; }

 private:
  Error error_;
};

// What `function` returns (a Result or Status). Where it throws: the store's own error
// (StoreFailure), RESOURCE_EXHAUSTED where the process has no memory left, DATA_LOSS for all else,
// since Arrow throws for anything that it cannot parse.
template <typename Function>
auto CatchParquet(std::string_view context, Function&& function) -> decltype(function()) {
  try {
    return std::forward<Function>(function)();
  } catch (const StoreFailure& failure) {
    return std::unexpected(Error(failure.error()).WithContext(context));
  } catch (const std::bad_alloc&) {
    return Fail(ErrorCode::kResourceExhausted, std::string(context) + ": out of memory");
  } catch (const std::exception& thrown) {
    return Fail(ErrorCode::kDataLoss, std::string(context) + ": " + thrown.what());
  }
}

}  // namespace vivace
