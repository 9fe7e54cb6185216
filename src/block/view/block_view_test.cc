#include "block/view/block_view.h"

#include <gtest/gtest.h>

#include "block/recorded_blocks_for_test.h"
#include "block/written_block_for_test.h"
#include "columns/segment_view.h"
#include "columns/view_text_for_test.h"

namespace vivace {
namespace {

using testing::Random;
using testing::WrittenBlock;

// All row groups of a block, by trace.
std::map<std::string, std::string> TextOfBlock(const BlockReader& reader) {
  std::map<std::string, std::string> all;
  BlockReadStats stats;
  const size_t groups = reader.RowGroupCount(stats).value();
  for (size_t group = 0; group < groups; ++group) {
    const auto view = reader.OpenView(group, stats);
    EXPECT_TRUE(view.has_value()) << view.error().message;
    all.merge(ViewText(**view).ByTrace());
  }
  return all;
}

void ExpectSame(const std::map<std::string, std::string>& a,
                const std::map<std::string, std::string>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [id, text] : a) {
    const auto other = b.find(id);
    ASSERT_NE(other, b.end()) << id;
    ASSERT_EQ(text, other->second) << id;
  }
}

class BlockViewOf : public ::testing::TestWithParam<uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Random, BlockViewOf, ::testing::Range(uint64_t{1}, uint64_t{13}));

TEST_P(BlockViewOf, ShowsWhatTheSegmentShowed) {
  Random random(GetParam());
  const std::vector<TraceId> traces = testing::RandomTraces(random, 40);
  std::vector<SpanBatch> batches;
  for (int i = 0; i < 6; ++i) batches.push_back(testing::RandomBatch(random, traces, 60));
  const WrittenBlock block(batches);
  SegmentView live(block.segment());
  const auto reader =
      BlockReader::Open(block.store(), WrittenBlock::kTenant, WrittenBlock::kId).value();
  ExpectSame(ViewText(live).ByTrace(), TextOfBlock(*reader));
}

// What Tempo wrote, and the same spans ingested.
class RecordedView : public ::testing::TestWithParam<TestBlock> {};
INSTANTIATE_TEST_SUITE_P(All, RecordedView, ::testing::Values(kEdgeBlock, kShopBlock),
                         [](const auto& info) { return std::string(info.param.tenant); });

TEST_P(RecordedView, HasTheSameSpansAsItsTraces) {
  const auto store = OpenTestStore();
  const auto reader = BlockReader::Open(*store, GetParam().tenant, GetParam().Id()).value();
  auto texts = TextOfBlock(*reader);
  ASSERT_EQ(texts.size(), GetParam().traces);
  constexpr size_t kTracesMax = 150;  // finding a trace takes milliseconds
  std::erase_if(texts, [n = size_t{0}, every = texts.size() / kTracesMax + 1](const auto&) mutable {
    return n++ % every != 0;
  });
  Segment segment;
  BlockReadStats stats;
  for (const auto& [id, text] : texts) {
    SpanBatchBuilder spans;
    ASSERT_TRUE(reader->FindTrace(ParseTraceId(id).value(), spans, stats).value()) << id;
    segment.Append(spans.batch());
  }
  SegmentView live(segment);
  ExpectSame(ViewText(live).ByTrace(), texts);
}

// A view of some rows has the text of these rows in a view of all.
void ExpectSomeRowsAsAmongAll(const BlockReader& reader, Random& random) {
  BlockReadStats stats;
  for (size_t group = 0; group < reader.RowGroupCount(stats).value(); ++group) {
    const auto whole = reader.OpenView(group, stats).value();
    const auto ids = whole->TraceIds().value();
    const auto texts = ViewText(*whole).ByTrace();
    for (const uint32_t one_in : {2u, 9u, 40u}) {
      RowSet rows;
      std::map<std::string, std::string> expected;
      for (uint32_t row = 0; row < ids.size(); ++row) {
        if (random() % one_in != 0) continue;
        rows.Add(row, row + 1);
        expected.insert(*texts.find(ToHex(ids[row].View())));
      }
      if (rows.empty()) continue;
      reader.DropDecoded();  // so that the structure of few rows is read alone
      const auto some = reader.OpenView(group, stats, nullptr, rows);
      ASSERT_TRUE(some.has_value()) << some.error().message;
      ExpectSame(ViewText(**some).ByTrace(), expected);
    }
  }
}

TEST_P(BlockViewOf, ShowsSomeRowsAsAmongAll) {
  Random random(GetParam());
  const std::vector<TraceId> traces = testing::RandomTraces(random, 100);
  const WrittenBlock block({testing::RandomBatch(random, traces, 400)},
                           {.page_spans = 1 + random() % 60});
  ExpectSomeRowsAsAmongAll(
      *BlockReader::Open(block.store(), WrittenBlock::kTenant, WrittenBlock::kId).value(), random);
}

TEST_P(RecordedView, ShowsSomeRowsAsAmongAll) {
  Random random(1);
  const auto store = OpenTestStore();
  ExpectSomeRowsAsAmongAll(*BlockReader::Open(*store, GetParam().tenant, GetParam().Id()).value(),
                           random);
}

}  // namespace
}  // namespace vivace
