// Blocks that Tempo wrote, read into a segment and written again: nothing is lost, and what Tempo
// derived from the spans we derive too.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "block/block_writer.h"
#include "block/recorded_blocks_for_test.h"
#include "columns/random_batch_for_test.h"
#include "parquet/arrow_leaves_for_test.h"

namespace vivace {
namespace {

using testing::CanonicalSpans;
using testing::LeafEntries;
using testing::LeafEntry;

constexpr const char* kTenant = "copy";

class CopiedBlock : public ::testing::TestWithParam<TestBlock> {
 protected:
  void SetUp() override {
    const auto original = OpenTestStore();
    const auto reader = BlockReader::Open(*original, GetParam().tenant, GetParam().Id()).value();
    const std::vector<TraceId> all = ReadTraceIds(GetParam());
    step_ = all.size() > 500 ? 8 : 1;  // a lookup in Tempo's large pages takes milliseconds
    for (size_t row = 0; row < all.size(); row += step_) ids_.push_back(all[row]);
    BlockReadStats stats;
    for (const TraceId& id : ids_) {
      SpanBatchBuilder trace;
      ASSERT_TRUE(reader->FindTrace(id, trace, stats).value());
      segment_.Append(trace.batch());
      AppendBatch(trace.batch(), sent_);
    }
    ASSERT_TRUE(WriteBlock(segment_, store_, kTenant, Uuid{},
                           {.dedicated_columns = reader->meta().dedicated_columns})
                    .has_value());
    theirs_ = testing::OpenParquet(
        original->Read(BlockKey(GetParam().tenant, GetParam().Id(), kDataName)).value());
    ours_ = testing::OpenParquet(store_.Read(BlockKey(kTenant, Uuid{}, kDataName)).value());
  }

  // The entries of a leaf by row.
  static std::vector<LeafEntries> Rows(parquet::ParquetFileReader& file, Leaf leaf) {
    std::vector<LeafEntries> rows;
    for (LeafEntry& entry : testing::ReadLeaf(file, static_cast<int>(ColumnOf(leaf)))) {
      if (entry.repetition == 0) rows.emplace_back();
      rows.back().push_back(std::move(entry));
    }
    return rows;
  }

  std::vector<LeafEntries> OurRows(Leaf leaf) { return Rows(*ours_, leaf); }

  // Those of the traces that were copied.
  std::vector<LeafEntries> TheirRows(Leaf leaf) {
    std::vector<LeafEntries> copied;
    std::vector<LeafEntries> all = Rows(*theirs_, leaf);
    for (size_t row = 0; row < all.size(); row += step_) copied.push_back(std::move(all[row]));
    return copied;
  }

  MemoryStore store_;
  Segment segment_;
  SpanBatchBuilder sent_;
  std::vector<TraceId> ids_;
  size_t step_ = 1;
  std::unique_ptr<parquet::ParquetFileReader> theirs_, ours_;
};

INSTANTIATE_TEST_SUITE_P(Recorded, CopiedBlock, ::testing::Values(kEdgeBlock, kShopBlock),
                         [](const auto& info) { return std::string(info.param.tenant); });

TEST_P(CopiedBlock, HoldsTheSameSpans) {
  const auto reader = BlockReader::Open(store_, kTenant, Uuid{}).value();
  SpanBatchBuilder found;
  BlockReadStats stats;
  for (const TraceId& id : ids_)
    ASSERT_TRUE(reader->FindTrace(id, found, stats).value()) << ToHex(id.View());
  const auto expected = CanonicalSpans(sent_.batch());
  const auto lines = CanonicalSpans(found.batch());
  ASSERT_EQ(lines.size(), expected.size());
  for (size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(lines[i], expected[i]);
}

TEST_P(CopiedBlock, HasTheSameTraceColumns) {
  for (const Leaf leaf : {Leaf::kTraceId, Leaf::kStartTimeUnixNano, Leaf::kEndTimeUnixNano,
                          Leaf::kDurationNano, Leaf::kRootServiceName, Leaf::kRootSpanName}) {
    const auto ours = OurRows(leaf);
    const auto theirs = TheirRows(leaf);
    ASSERT_EQ(ours.size(), theirs.size());
    for (size_t row = 0; row < ours.size(); ++row) {
      EXPECT_EQ(ours[row], theirs[row]) << InfoOf(leaf).path << " of " << ToHex(ids_[row].View());
    }
  }
}

TEST_P(CopiedBlock, HasTheSameServiceStatistics) {
  const auto statistics = [](const auto& rows_of) {
    const auto names = rows_of(Leaf::kServiceStatsKey);
    const auto spans = rows_of(Leaf::kServiceStatsSpanCount);
    const auto errors = rows_of(Leaf::kServiceStatsErrorCount);
    std::vector<std::map<std::string, std::string>> rows(names.size());
    for (size_t row = 0; row < rows.size(); ++row) {
      for (size_t i = 0; i < names[row].size(); ++i) {
        rows[row][names[row][i].value.value()] =
            spans[row][i].value.value() + "/" + errors[row][i].value.value();
      }
    }
    return rows;
  };
  const auto ours = statistics([&](Leaf leaf) { return OurRows(leaf); });
  const auto theirs = statistics([&](Leaf leaf) { return TheirRows(leaf); });
  ASSERT_EQ(ours.size(), theirs.size());
  for (size_t row = 0; row < ours.size(); ++row)
    EXPECT_EQ(ours[row], theirs[row]) << ToHex(ids_[row].View());
}

TEST_P(CopiedBlock, HasTheSameNestedSetsWhereSpansStandInTheSameOrder) {
  const auto our_ids = OurRows(Leaf::kSpanId);
  const auto their_ids = TheirRows(Leaf::kSpanId);
  ASSERT_EQ(our_ids.size(), their_ids.size());
  size_t same = 0;
  for (const Leaf leaf : {Leaf::kSpanParentSpanId, Leaf::kSpanParentId, Leaf::kSpanNestedSetLeft,
                          Leaf::kSpanNestedSetRight}) {
    const auto ours = OurRows(leaf);
    const auto theirs = TheirRows(leaf);
    for (size_t row = 0; row < ours.size(); ++row) {
      if (our_ids[row] != their_ids[row]) continue;
      ++same;
      EXPECT_EQ(ours[row], theirs[row]) << InfoOf(leaf).path << " of " << ToHex(ids_[row].View());
    }
  }
  EXPECT_GT(same, 4 * our_ids.size() * 9 / 10);
}

}  // namespace
}  // namespace vivace
