// ObjectSource: one object of a store for ranged reads that are counted. A value; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/result.h"
#include "block/read_stats.h"
#include "object/object_store.h"

namespace vivace {

class ObjectSource {
 public:
  // `store` must outlive the source.
  ObjectSource(const ObjectStore& store, std::string key) : store_(&store), key_(std::move(key)) {}

  const std::string& key() const { return key_; }

  // `counter` is the field of `stats` to add the bytes to. An object that ends too early is DATA_LOSS.
  Result<std::string> Read(uint64_t offset, uint64_t size, ReadStats& stats, uint64_t ReadStats::*counter) const {
    ++stats.reads;
    Result<std::string> bytes = store_->ReadRange(key_, offset, size);
    if (bytes.has_value()) {
      stats.*counter += bytes->size();
    } else if (bytes.error().code == ErrorCode::kOutOfRange) {
      return Fail(ErrorCode::kDataLoss, "object is cut short: " + bytes.error().message);
    }
    return bytes;
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
