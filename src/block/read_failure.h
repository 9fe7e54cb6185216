// ReadFailure: the one policy for what could not be read of a block, or of any other object.
//
//   kDamage        what was read is not what was written: skipped, counted, logged, and the answer
//                  is marked partial
//   kGone          an object of a listed block does not exist: the block may have been deleted, or
//                  compacted into another one. The list of blocks is read anew and the query done
//                  over, once; what is missing even so counts as damage
//   kUnavailable   all else (no descriptor, a disk's error, no permission, no memory, a deadline):
//                  nothing is known. Repeated where it may pass (object/retrying_store.h), then the
//                  query fails with this error; it is never taken for "not there"
//
// A pure function, any thread.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace vivace {

enum class ReadFailure : uint8_t { kDamage, kGone, kUnavailable };

inline ReadFailure ReadFailureOf(const Error& error) {
  switch (error.code) {
    case ErrorCode::kDataLoss:
    case ErrorCode::kOutOfRange:     // the object ends too early
    case ErrorCode::kUnimplemented:  // a format that this version does not read
      return ReadFailure::kDamage;
    case ErrorCode::kNotFound:
      return ReadFailure::kGone;
    default:
      return ReadFailure::kUnavailable;
  }
}

}  // namespace vivace
