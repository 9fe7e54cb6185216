// ObjectSource: one object of a store for ranged reads that are counted. A value; any thread.
//
// Of a store over a network it may hold ranges that are fetched ahead (held_ranges.h): copies made
// after HoldAhead() share them, and read them where they can.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "object/object_store.h"
#include "parquet/held_ranges.h"
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
    Result<std::vector<std::string>> pieces = HeldOrRead(ranges);
    if (pieces.has_value()) {
      for (const std::string& piece : *pieces) stats.*counter += piece.size();
    }
    return pieces;
  }

  Result<uint64_t> Size(ReadStats& stats) const {
    ++stats.reads;
    return store_->Size(key_);
  }

  // The object's first or last bytes, and how large it is.
  Result<ObjectPart> ReadFront(uint64_t size_max, ReadStats& stats) const {
    ++stats.reads;
    return store_->ReadEnd(key_, ObjectEnd::kFront, size_max);
  }
  Result<ObjectPart> ReadBack(uint64_t size_max, ReadStats& stats) const {
    ++stats.reads;
    return store_->ReadEnd(key_, ObjectEnd::kBack, size_max);
  }

  bool is_remote() const { return store_->is_remote(); }

  using Hold = std::shared_ptr<const HeldRanges::Hold>;
  void HoldAhead() {
    if (held_ == nullptr) held_ = std::make_shared<HeldRanges>();
  }
  bool Holds(ByteRange range) const { return held_ != nullptr && held_->Has(range); }
  // To be called after HoldAhead. What is held is counted where it is read.
  Hold Keep(const std::vector<ByteRange>& ranges, std::vector<std::string> pieces) const {
    return held_->Add(ranges, std::move(pieces));
  }
  Result<Hold> Fetch(const std::vector<ByteRange>& ranges) const {
    VIVACE_ASSIGN(std::vector<std::string> pieces, ReadRanges(ranges));
    return Keep(ranges, std::move(pieces));
  }

 private:
  Result<std::vector<std::string>> HeldOrRead(std::span<const ByteRange> ranges) const {
    auto held = held_ == nullptr ? std::nullopt : held_->Find(ranges);
    return held.has_value() ? *std::move(held) : ReadRanges(ranges);
  }

  Result<std::vector<std::string>> ReadRanges(std::span<const ByteRange> ranges) const {
    Result<std::vector<std::string>> pieces = store_->ReadRanges(key_, ranges);
    if (!pieces.has_value() && pieces.error().code == ErrorCode::kOutOfRange) {
      return Fail(ErrorCode::kDataLoss, "object is truncated: " + pieces.error().message);
    }
    return pieces;
  }

  const ObjectStore* store_;
  std::string key_;
  std::shared_ptr<HeldRanges> held_;  // null: none are held
};

}  // namespace vivace
