// Result<T> and Error: how every expected failure travels in Vivace.
//
// Exceptions cross no layer; a function that can fail returns Result<T> and the caller decides. An
// Error carries a code that the protocols map to their own status (gRPC, HTTP) and a message that
// names the value, the limit and the context. Plain values, any thread.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace vivace {

// The codes are gRPC's canonical ones (same names, same numbers), because that is what senders act
// on.
enum class ErrorCode {
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

struct Error {
  ErrorCode code = ErrorCode::kUnknown;
  std::string message;

  // The same error with "context: " in front, for callers that know where it happened.
  Error WithContext(std::string_view context) && {
    message.insert(0, std::string(context) + ": ");
    return std::move(*this);
  }
};

template <typename T>
using Result = std::expected<T, Error>;
using Status = std::expected<void, Error>;

inline std::unexpected<Error> Fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

// What was stored is not as it was written.
inline std::unexpected<Error> Damaged(std::string message) {
  return Fail(ErrorCode::kDataLoss, std::move(message));
}

}  // namespace vivace

// Returns the error of an expression that yields Result or Status.
#define VIVACE_TRY(expression)                                      \
  do {                                                              \
    auto vivace_try_result = (expression);                          \
    if (!vivace_try_result.has_value()) {                           \
      return std::unexpected(std::move(vivace_try_result).error()); \
    }                                                               \
  } while (false)

#define VIVACE_CONCAT_INNER(a, b) a##b
#define VIVACE_CONCAT(a, b) VIVACE_CONCAT_INNER(a, b)

// VIVACE_ASSIGN(auto value, Call()): declares `value` from the result or returns its error.
#define VIVACE_ASSIGN(declaration, expression) \
  VIVACE_ASSIGN_AS(VIVACE_CONCAT(vivace_result_, __LINE__), declaration, expression)
#define VIVACE_ASSIGN_AS(name, declaration, expression) \
  auto name = (expression);                             \
  if (!name.has_value()) {                              \
    return std::unexpected(std::move(name).error());    \
  }                                                     \
  declaration = std::move(name).value()
