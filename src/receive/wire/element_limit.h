// ElementLimit: how many elements (spans, events, links, tags, objects) a message of some size may
// have.
//
// An empty element takes a byte or three on the wire, some hundred when it is decoded, and as long
// to decode as a real one: a few kilobytes of compressed empty links would cost seconds and
// gigabytes. Real ones have ids, times and texts. A counter, of one decoder.
#pragma once

#include <algorithm>
#include <cstddef>

namespace vivace {

class ElementLimit {
 public:
  static constexpr const char* kReason = "too many elements for the message's size";

  // Real elements have at least `element_bytes`, on the average of a message.
  explicit ElementLimit(size_t message_bytes, size_t element_bytes = 8)
      : left_(kFree + std::min(message_bytes / element_bytes, kMax)) {}

  // Counts one element; false for one too many.
  bool Take() { return left_ != 0 && left_-- != 0; }

 private:
  static constexpr size_t kFree = 4096;
  static constexpr size_t kMax = 1'500'000;
  size_t left_;
};

}  // namespace vivace
