// The header of vivace-index.bin: which block it belongs to and where its sections lie
// (docs/index-file.md). Plain values; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vivace {

inline constexpr std::string_view kBlockIndexName = "vivace-index.bin";

// Kinds that are not known are passed over, so that later versions can add some.
enum class IndexSection : uint32_t {
  kKeys = 1,
  kNewest = 2,
  kColumns = 3,  // of one row group
  kCounts = 4,
  kLists = 5,    // of one row group: pieces that kColumns tells of, each with a checksum of its own
  kFilters = 6,  // the same
};

struct IndexSectionEntry {
  static constexpr uint32_t kWholeBlock = 0xffffffff;

  IndexSection kind{};
  uint32_t row_group = kWholeBlock;
  uint64_t offset = 0;
  uint64_t stored_bytes = 0;
  uint64_t raw_bytes = 0;  // uncompressed; the same as stored where it is not compressed
  uint32_t crc32c = 0;     // of what is stored; of sections in pieces 0
};

// What an index must say of the block that it lies beside; another one's is not used.
struct IndexedBlock {
  uint64_t data_bytes = 0;  // size of data.parquet
  uint64_t traces = 0;
};

inline bool IsInPieces(IndexSection kind) {
  return kind == IndexSection::kLists || kind == IndexSection::kFilters;
}

struct IndexHeader {
  IndexedBlock block;
  std::vector<uint32_t> row_group_traces;
  std::vector<IndexSectionEntry> sections;

  // Null where there is none.
  const IndexSectionEntry* Find(IndexSection kind,
                                uint32_t row_group = IndexSectionEntry::kWholeBlock) const;
};

// The bytes at the front of the file that say how long the header is.
inline constexpr size_t kIndexPrefixBytes = 16;
inline constexpr uint64_t kIndexHeaderBytesMax = uint64_t{64} << 20;

uint64_t IndexHeaderBytes(size_t row_groups, size_t sections);
std::string EncodeIndexHeader(const IndexHeader& header);

// The length of the header, from the file's first bytes. DATA_LOSS where they are no index or
// announce more than `file_bytes`, UNIMPLEMENTED where the version is another.
Result<uint64_t> ParseIndexPrefix(std::string_view prefix, uint64_t file_bytes);
// DATA_LOSS where the header is damaged, or not that of `block`, or where a section lies beyond the
// file or announces more than its block could have.
Result<IndexHeader> ParseIndexHeader(std::string_view bytes, uint64_t file_bytes,
                                     const IndexedBlock& block);

// How large a section can be at most when it is uncompressed: what knows less than the block has is
// not larger than it.
uint64_t RawSectionBytesMax(uint64_t data_bytes);

// A section as it is stored: compressed where that makes it smaller.
std::string StoreIndexSection(std::string_view raw);
// DATA_LOSS where it is not what the entry says.
Result<std::string> LoadIndexSection(const IndexSectionEntry& entry, std::string stored);

}  // namespace vivace
