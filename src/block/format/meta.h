// BlockMeta: the content of a block's meta.json (spec/storage.md 2). Written last, it makes the
// block visible.
//
// Reading is tolerant (unknown keys, missing optional ones, times with fractions and offsets),
// writing is exact (Tempo's field order and omissions). What Tempo has no field for stands in an
// object "vivace" at the end, which Tempo ignores: checksums, and the times of the spans where
// Tempo's fields are cut. A plain value, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"
#include "block/format/dedicated_columns.h"

namespace vivace {

struct BlockMeta {
  std::string format = "vParquet4";
  Uuid block_id;
  std::string tenant_id;
  int64_t start_unix_seconds = 0;  // fractions are cut
  int64_t end_unix_seconds = 0;    // fractions are rounded up, so that the range covers the spans
  int64_t total_objects = 0;       // rows, that is traces
  uint64_t size_bytes = 0;         // of data.parquet
  uint32_t compaction_level = 0;
  std::string encoding = "none";
  uint32_t index_page_size = 0;
  uint32_t total_records = 0;  // row groups
  std::string data_encoding;
  uint32_t bloom_shards = 0;
  uint32_t footer_size = 0;  // the length before the final PAR1; 0: not known
  DedicatedColumns dedicated_columns;
  uint32_t replication_factor = 0;
  // First start and last end of the spans in seconds, where they are not those above: the end of a
  // block decides how long it is kept, and is cut where a sender's clock runs ahead.
  std::optional<std::pair<int64_t, int64_t>> span_times;
  std::vector<uint32_t> bloom_crc32c;  // by shard; empty: not known
  std::optional<uint32_t> index_crc32c;
  bool lacks_extra = false;  // there certainly is no vivace-extra.parquet

  // What a query's window is compared with.
  std::pair<int64_t, int64_t> TimesOfSpans() const {
    return span_times.value_or(std::pair(start_unix_seconds, end_unix_seconds));
  }

  friend bool operator==(const BlockMeta&, const BlockMeta&) = default;
};

// A meta.json without the number means Tempo's former default of 10 shards.
inline uint32_t BloomShardsOf(const BlockMeta& meta) {
  return meta.bloom_shards == 0 ? 10 : meta.bloom_shards;
}

std::string ToJson(const BlockMeta& meta);

// DATA_LOSS with the reason where `json` is no meta.json, or where what says how to read the
// block does not match its checksum.
Result<BlockMeta> ParseBlockMeta(std::string_view json);

// Names of a block's objects and their keys in a store.
inline constexpr std::string_view kMetaName = "meta.json";
inline constexpr std::string_view kCompactedMetaName = "meta.compacted.json";
inline constexpr std::string_view kDataName = "data.parquet";
inline constexpr std::string_view kExtraName = "vivace-extra.parquet";
inline constexpr std::string_view kIndexName = "index";
std::string BloomName(uint32_t shard);
std::string BlockPrefix(std::string_view tenant, const Uuid& block);
std::string BlockKey(std::string_view tenant, const Uuid& block, std::string_view name);

}  // namespace vivace
