// OutputQueue: bytes that wait for the socket, kept as the strings they came in, so that large
// bodies are never copied together. Owned by a connection or stream, used on its strand.
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vivace {

class OutputQueue {
 public:
  void Push(std::string bytes) {
    if (bytes.empty()) return;
    bytes_ += bytes.size();
    parts_.push_back(std::move(bytes));
  }
  bool empty() const { return bytes_ == 0; }
  size_t bytes() const { return bytes_; }

  // The first bytes in a row; empty only if the queue is.
  std::string_view Front() const {
    return empty() ? std::string_view() : std::string_view(parts_[first_]).substr(offset_);
  }

  // Fills `vectors` from the front and returns how many it used.
  size_t Gather(std::span<iovec> vectors) {
    size_t count = 0;
    for (size_t i = first_; i < parts_.size() && count < vectors.size(); ++i, ++count) {
      const size_t skip = i == first_ ? offset_ : 0;
      vectors[count] = {parts_[i].data() + skip, parts_[i].size() - skip};
    }
    return count;
  }

  // Drops `count` bytes from the front.
  void Consume(size_t count) {
    bytes_ -= count;
    while (count > 0) {
      const size_t part = std::min(count, parts_[first_].size() - offset_);
      count -= part;
      offset_ += part;
      if (offset_ < parts_[first_].size()) break;
      parts_[first_++] = {};
      offset_ = 0;
    }
    if (bytes_ == 0) {
      parts_.clear();
      first_ = 0;
    }
  }

 private:
  std::vector<std::string> parts_;
  size_t first_ = 0;
  size_t offset_ = 0;  // already sent of parts_[first_]
  size_t bytes_ = 0;
};

}  // namespace vivace
