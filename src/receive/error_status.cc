#include "receive/error_status.h"

namespace vivace {

int HttpStatusOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kResourceExhausted:
      return 429;
    case ErrorCode::kInvalidArgument:
      return 400;
    case ErrorCode::kUnauthenticated:
      return 401;
    case ErrorCode::kPermissionDenied:
      return 403;
    case ErrorCode::kUnimplemented:
      return 404;
    case ErrorCode::kCancelled:
    case ErrorCode::kDeadlineExceeded:
    case ErrorCode::kAborted:
    case ErrorCode::kOutOfRange:
    case ErrorCode::kUnavailable:
    case ErrorCode::kDataLoss:
      return 503;
    default:
      return 500;
  }
}

Error AsReceiverError(Error error) {
  if (error.code == ErrorCode::kUnknown) error.code = ErrorCode::kUnavailable;
  return error;
}

}  // namespace vivace
