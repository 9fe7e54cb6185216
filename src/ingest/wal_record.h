// WalRecord: a framed record of the write-ahead log (magic number, size, CRC32C, payload;
// docs/wal-format.md), in memory that a disk can take directly: aligned, and with zeros behind it
// up to the next whole block.
//
// A value: made by the thread that has the payload, then moved to the commit thread, which hands it
// to the kernel without looking at it.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string_view>

#include "base/file_system.h"

namespace vivace {

struct FreeMemory {
  void operator()(char* memory) const { std::free(memory); }
};
using AlignedMemory = std::unique_ptr<char, FreeMemory>;

class WalRecord {
 public:
  // Alignment that direct writes need, in memory and in the file.
  static constexpr size_t kBlockBytes = File::kDirectBlockBytes;
  // Whole blocks for `bytes`, one at least.
  static AlignedMemory AllocateBlocks(size_t bytes);

  WalRecord() = default;
  // `fill` writes a payload of at most `payload_bytes_max` to the given address and returns its
  // end.
  WalRecord(size_t payload_bytes_max, const std::function<char*(char*)>& fill);
  explicit WalRecord(std::string_view payload);

  std::string_view view() const { return {bytes_.get(), size_}; }
  // With the zeros behind it.
  std::string_view padded() const { return {bytes_.get(), RoundUp(size_)}; }
  size_t size() const { return size_; }

  static constexpr size_t RoundUp(size_t size) {
    return (size + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
  }

 private:
  AlignedMemory bytes_;
  size_t size_ = 0;
};

// The payload of the record at `offset` of a file, if there is a complete and valid one; nullptr
// data otherwise.
std::string_view WalRecordAt(std::string_view file, uint64_t offset);

// The offset behind the zeros that fill up a block after a record which ends at `offset`; `offset`
// itself where there are none.
uint64_t SkipWalPadding(std::string_view file, uint64_t offset);

// The next offset from `offset` on at which a good record begins, or the end of the file.
uint64_t NextWalRecord(std::string_view file, uint64_t offset);

// Bytes of a record beside its payload.
inline constexpr size_t kWalFrameBytes = 12;

}  // namespace vivace
