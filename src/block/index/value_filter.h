// ValueFilter: a Bloom filter of the values that a column has, in blocks of 64 bytes: one value
// touches one block, so that one page of a few kilobytes answers for it (docs/index-file.md).
//
// Filter blocks follow each other in pages of 64, each page followed by its CRC32C. About ten bits
// a value; of the values that are not there one in a hundred passes. Plain values; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "columns/span_batch.h"

namespace vivace {

// Of kind and content; stored in files, so it stays as it is.
uint64_t HashValueForFilter(const AttributeValue& value);

class ValueFilter {
 public:
  static constexpr size_t kBlockBytes = 64;
  static constexpr size_t kPageBlocks = 64;
  static constexpr size_t kPageBytes = kPageBlocks * kBlockBytes + sizeof(uint32_t);
  static constexpr uint64_t kBlocksMax = uint64_t{1} << 26;  // of one column: 4 GiB

  // How many blocks a filter of so many values has: at least one.
  static uint64_t BlocksFor(uint64_t values);
  // Bytes of a filter in the file, with its checksums.
  static uint64_t StoredBytes(uint64_t blocks);

  explicit ValueFilter(uint64_t blocks) : words_(blocks * kBlockWords) {}
  void Add(uint64_t hash);
  uint64_t blocks() const { return words_.size() / kBlockWords; }
  // The filter as it is stored.
  std::string Store() const;

  // Where in a stored filter of so many blocks the page lies that answers for a hash.
  struct PagePosition {
    uint64_t offset;
    uint64_t size;
  };
  static PagePosition PageOf(uint64_t hash, uint64_t blocks);
  // Whether the value may be there; DATA_LOSS where the page does not match its checksum.
  static Result<bool> PageMayHave(std::string_view page, uint64_t hash, uint64_t blocks);

 private:
  static constexpr size_t kBlockWords = kBlockBytes / sizeof(uint64_t);

  std::vector<uint64_t> words_;
};

}  // namespace vivace
