// Test support: a block in memory, written from random batches, with the spans that were put into
// it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "block/block_reader.h"
#include "block/block_writer.h"
#include "columns/random_batch_for_test.h"
#include "object/memory_store.h"

namespace vivace::testing {

inline std::vector<TraceId> RandomTraces(Random& random, size_t count) {
  std::vector<TraceId> traces;
  for (size_t i = 0; i < count; ++i) traces.push_back(RandomId<TraceId>(random));
  return traces;
}

class WrittenBlock {
 public:
  explicit WrittenBlock(const std::vector<SpanBatch>& batches, const BlockOptions& options = {}) {
    for (const SpanBatch& batch : batches) {
      segment_.Append(batch);
      AppendBatch(batch, sent_);
    }
    Result<BlockMeta> meta = WriteBlock(segment_, store_, kTenant, kId, options);
    EXPECT_TRUE(meta.has_value()) << meta.error().message;
    if (meta.has_value()) meta_ = std::move(*meta);
  }

  const SpanBatch& sent() const { return sent_.batch(); }
  const Segment& segment() const { return segment_; }
  const BlockMeta& meta() const { return meta_; }
  const MemoryStore& store() const { return store_; }
  static std::string Key(std::string_view name) { return BlockKey(kTenant, kId, name); }
  std::string Read(std::string_view name) const { return store_.Read(Key(name)).value(); }
  bool Has(std::string_view name) const { return store_.Read(Key(name)).has_value(); }

  // All traces of `ids`, as the reader finds them.
  SpanBatch Find(const std::vector<TraceId>& ids) const {
    const auto reader = BlockReader::Open(store_, kTenant, kId).value();
    SpanBatchBuilder out;
    BlockReadStats stats;
    for (const TraceId& id : ids) {
      const Result<bool> found = reader->FindTrace(id, out, stats);
      EXPECT_TRUE(found.has_value()) << found.error().message;
      EXPECT_TRUE(found.has_value() && *found) << ToHex(id.View());
    }
    EXPECT_EQ(stats.damaged_extra_files, 0u);
    return out.Take();
  }

  static constexpr const char* kTenant = "tenant";
  static constexpr Uuid kId{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

 private:
  MemoryStore store_;
  Segment segment_;
  SpanBatchBuilder sent_;
  BlockMeta meta_;
};

}  // namespace vivace::testing
