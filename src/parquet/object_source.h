// ObjectSource: one object of a store for ranged reads that are counted. A value; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "object/object_store.h"
#include "parquet/read_stats.h"

namespace vivace {

class ObjectSource {
 public:
  // `store` must outlive the source.
  ObjectSource(const ObjectStore& store, std::string key) : store_(&store), key_(std::move(key)) {}

  const std::string& key() const { return key_; }

  // `counter` is the field of `stats` to add the bytes to. An object that ends too early is
  // DATA_LOSS.
  Result<std::string> Read(uint64_t offset, uint64_t size, ReadStats& stats,
                           uint64_t ReadStats::*counter) const {
    const ByteRange range{offset, size};
    VIVACE_ASSIGN(std::vector<std::string> pieces, Read({&range, 1}, stats, counter));
    return std::move(pieces.front());
  }

  // Several ranges, in their order.
  Result<std::vector<std::string>> Read(std::span<const ByteRange> ranges, ReadStats& stats,
                                        uint64_t ReadStats::*counter) const {
    stats.reads += ranges.size();
    Result<std::vector<std::string>> pieces = store_->ReadRanges(key_, ranges);
    if (!pieces.has_value() && pieces.error().code == ErrorCode::kOutOfRange) {
      return Fail(ErrorCode::kDataLoss, "object is truncated: " + pieces.error().message);
    }
    if (pieces.has_value()) {
      for (const std::string& piece : *pieces) stats.*counter += piece.size();
    }
    return pieces;
  }

  Result<uint64_t> Size(ReadStats& stats) const {
    ++stats.reads;
    return store_->Size(key_);
  }

 private:
  const ObjectStore* store_;
  std::string key_;
};

}  // namespace vivace
