// Arena: append-only text storage whose bytes never move and are freed together. Blocks double in
// size up to 256 KiB, so that a small owner stays small.
// One writer; readers may read text whose address they got through a published structure.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace vivace {

class Arena {
 public:
  // A stable copy of `text`.
  const char* Append(std::string_view text) {
    if (text.empty()) return "";
    if (text.size() > left_) NewBlock(text.size());
    char* copy = at_;
    std::memcpy(copy, text.data(), text.size());
    at_ += text.size();
    left_ -= text.size();
    return copy;
  }

  size_t memory_bytes() const { return memory_bytes_; }

 private:
  static constexpr size_t kFirstBlockBytes = 2 << 10;
  static constexpr size_t kBlockBytesMax = 256 << 10;

  void NewBlock(size_t least) {
    const size_t size = least > next_block_bytes_ / 4 ? least : next_block_bytes_;
    next_block_bytes_ = std::min(2 * next_block_bytes_, kBlockBytesMax);
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    at_ = blocks_.back().get();
    left_ = size;
    memory_bytes_ += size;
  }

  std::vector<std::unique_ptr<char[]>> blocks_;
  char* at_ = nullptr;
  size_t left_ = 0;
  size_t next_block_bytes_ = kFirstBlockBytes;
  size_t memory_bytes_ = 0;
};

}  // namespace vivace
