// The index of a block: what it knows is what the block's views show.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "block/block_indexing.h"
#include "block/index/index_limits.h"
#include "block/index/span_counter.h"
#include "block/naive_index_for_test.h"
#include "block/recorded_blocks_for_test.h"
#include "block/written_block_for_test.h"
#include "object/faulty_store.h"

namespace vivace::testing {
namespace {

// Asks for all that there is: what the index says is as expected, where it says something.
void ExpectNothingWrong(const BlockIndex& index, const NaiveIndex& expected,
                        BlockReadStats& stats) {
  const auto keys = index.Keys(stats).value();
  EXPECT_TRUE(keys == nullptr ||
              std::ranges::equal(keys->Of(RowKind::kSpan), expected.keys.at(RowKind::kSpan)));
  const auto newest = index.Newest(stats).value();
  if (newest != nullptr) ExpectNewest(*newest, expected);
  const auto counts = index.Counts(stats).value();
  EXPECT_TRUE(counts == nullptr || CellsOf(*counts) == expected.counts);
  for (size_t row_group = 0; row_group < expected.row_groups.size(); ++row_group) {
    const auto expect_all = [&](const ColumnName& column, const auto& rows) {
      for (const auto& [value, count] : rows) {
        EXPECT_TRUE(index.MayHave(row_group, column, AttributeValueOf(value), stats).value());
      }
    };
    for (const auto& [name, rows] : expected.row_groups[row_group].attributes)
      expect_all({.field = {}, .owner = name.first, .key = name.second}, rows);
    for (const auto& [field, rows] : expected.row_groups[row_group].fields)
      expect_all({.field = field, .key = {}}, rows);
  }
}

const std::string kIndexKey = WrittenBlock::Key(kBlockIndexName);

std::shared_ptr<BlockReader> OpenReader(const ObjectStore& store) {
  return BlockReader::Open(store, WrittenBlock::kTenant, WrittenBlock::kId).value();
}

std::shared_ptr<const BlockIndex> OpenIndex(const BlockReader& reader) {
  BlockReadStats stats;
  auto index = reader.Index(stats).value();
  EXPECT_EQ(stats.damaged_indexes, 0u) << stats.index_problem;
  return index;
}

std::unique_ptr<MemoryStore> CopyOf(const WrittenBlock& block) {
  auto copy = std::make_unique<MemoryStore>();
  const std::vector<std::string> names =
      block.store().List(BlockPrefix(WrittenBlock::kTenant, WrittenBlock::kId)).value();
  for (const std::string& name : names)
    copy->Write(WrittenBlock::Key(name), block.Read(name)).value();
  return copy;
}

// Attribute lists in which keys come several times.
std::vector<AttributeCode> RepeatingAttributes(Random& random, SpanBatchBuilder& builder) {
  std::vector<AttributeCode> codes = RandomAttributes(random, builder);
  for (const AttributeCode code : RandomAttributes(random, builder)) codes.push_back(code);
  return codes;
}

SpanBatch RepeatingBatch(Random& random, const std::vector<TraceId>& traces) {
  SpanBatchBuilder builder;
  for (int i = 0; i < 20; ++i) {
    const uint32_t resource = builder.AddResource(RepeatingAttributes(random, builder), 0, "", {});
    const uint32_t scope =
        builder.AddScope(resource, "scope", "", RepeatingAttributes(random, builder), 0, "");
    for (int j = 0; j < 3; ++j) {
      builder.BeginSpan();
      builder.row().trace_id = traces[Pick(random, traces.size())];
      builder.row().span_id = RandomId<SpanId>(random);
      builder.row().name = builder.AddString("repeats");
      builder.row().start_unix_nanos = Pick(random, 300) * 1'000'000'000;
      builder.row().end_unix_nanos = builder.row().start_unix_nanos + Pick(random, 9);
      for (const AttributeCode code : RepeatingAttributes(random, builder))
        builder.SpanAttribute(code);
      builder.BeginEvent();
      for (const AttributeCode code : RepeatingAttributes(random, builder))
        builder.EventAttribute(code);
      builder.EndEvent();
      builder.BeginLink();
      for (const AttributeCode code : RepeatingAttributes(random, builder))
        builder.LinkAttribute(code);
      builder.EndLink();
      builder.CommitSpan(scope);
    }
  }
  return builder.Take();
}

WrittenBlock RandomBlock(uint64_t seed, size_t row_group_spans) {
  Random random(seed);
  const std::vector<TraceId> traces = RandomTraces(random, 40);
  std::vector<SpanBatch> batches;
  for (int i = 0; i < 4; ++i) {
    batches.push_back(RandomBatch(random, traces, 60));
    batches.push_back(RepeatingBatch(random, traces));
  }
  return WrittenBlock(batches, {.row_group_spans = row_group_spans});
}

class RandomIndex : public ::testing::TestWithParam<uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Random, RandomIndex, ::testing::Range(uint64_t{1}, uint64_t{9}));

TEST_P(RandomIndex, SaysWhatTheViewsShow) {
  const WrittenBlock block = RandomBlock(GetParam(), GetParam() % 2 == 0 ? 100 : 100'000);
  const auto reader = OpenReader(block.store());
  const auto index = OpenIndex(*reader);
  BlockReadStats stats;
  EXPECT_NE(index->Counts(stats).value(), nullptr);
  EXPECT_GT(ExpectSameIndex(*index, ReadPlainly(*reader)), 20u);
}

TEST_P(RandomIndex, IsTheSameFromTheFinishedBlock) {
  const WrittenBlock block = RandomBlock(GetParam(), 150);
  BlockReadStats stats;
  const std::string again = MakeBlockIndex(*OpenReader(block.store()), stats).value();
  EXPECT_TRUE(again == block.Read(kBlockIndexName));
}

class RecordedIndex : public ::testing::TestWithParam<TestBlock> {};
INSTANTIATE_TEST_SUITE_P(All, RecordedIndex, ::testing::Values(kEdgeBlock, kShopBlock),
                         [](const auto& info) { return std::string(info.param.tenant); });

TEST_P(RecordedIndex, SaysWhatTheViewsOfTemposBlockShow) {
  const auto store = CopyToMemory(GetParam());
  const auto reader = BlockReader::Open(*store, GetParam().tenant, GetParam().Id()).value();
  EXPECT_EQ(OpenIndex(*reader), nullptr);
  BlockReadStats stats;
  const uint64_t bytes = IndexBlock(*store, *reader, stats).value();
  EXPECT_LE(bytes, std::max(reader->meta().size_bytes / kIndexShareOfData, kIndexBytesAlways));
  const auto indexed = BlockReader::Open(*store, GetParam().tenant, GetParam().Id()).value();
  EXPECT_GT(ExpectSameIndex(*OpenIndex(*indexed), ReadPlainly(*indexed)), 20u);
}

// Spans of one service, with an attribute that is different in each.
SpanBatch DistinctValues(size_t count, const std::function<AttributeValue(size_t)>& value) {
  SpanBatchBuilder builder;
  const AttributeCode service =
      builder.AddAttribute("service.name", AttributeValue::String("shop"));
  const uint32_t resource = builder.AddResource({&service, 1}, 0, "", {});
  const uint32_t scope = builder.AddScope(resource, "", "", {}, 0, "");
  Random random(3);
  for (size_t i = 0; i < count; ++i) {
    builder.BeginSpan();
    builder.row().trace_id = RandomId<TraceId>(random);
    builder.row().span_id = RandomId<SpanId>(random);
    builder.row().name = builder.AddString("GET /");
    builder.row().start_unix_nanos = 1'700'000'000'000'000'000 + i;
    builder.row().end_unix_nanos = builder.row().start_unix_nanos + 1000;
    builder.SpanAttribute(builder.AddAttribute("order", value(i)));
    builder.CommitSpan(scope);
  }
  return builder.Take();
}

const ColumnName kOrder{.field = {}, .owner = RowKind::kSpan, .key = "order"};

TEST(BlockIndex, AnswersForManyValuesByFilter) {
  constexpr size_t kValues = 4000;
  std::string text;
  const auto order = [&](size_t i) {
    text = fmt::format("order-{}", i);
    return i % 2 == 0 ? AttributeValue::String(text) : AttributeValue::Int(static_cast<int64_t>(i));
  };
  const WrittenBlock block({DistinctValues(kValues, order)});
  const auto reader = OpenReader(block.store());
  const auto index = OpenIndex(*reader);
  BlockReadStats stats;
  EXPECT_EQ(index->Values(0, kOrder, stats).value(), nullptr);
  const auto any = [](const AttributeValue&) { return true; };
  EXPECT_EQ(index->MayMatch(0, kOrder, any, stats).value(), std::nullopt);
  for (size_t i = 0; i < kValues; ++i)
    EXPECT_TRUE(index->MayHave(0, kOrder, order(i), stats).value()) << i;
  size_t admitted = 0;
  for (size_t i = kValues; i < 2 * kValues; ++i)
    admitted += index->MayHave(0, kOrder, order(i), stats).value();
  EXPECT_LT(admitted, kValues / 40);  // about one in a hundred
  // What a lookup reads: one page.
  BlockReadStats one;
  index->MayHave(0, kOrder, order(0), one).value();
  EXPECT_EQ(one.reads, 1u);
  EXPECT_LE(one.bytes(), 4100u);
}

TEST(BlockIndex, ListsUpToTheLimits) {
  const auto list_of = [](size_t count, size_t text_size) {
    std::string text;
    const auto value = [&](size_t i) {
      text = fmt::format("{:0>{}}", i, text_size);
      return AttributeValue::String(text);
    };
    const WrittenBlock block({DistinctValues(count, value)});
    BlockReadStats stats;
    return OpenIndex(*OpenReader(block.store()))->Values(0, kOrder, stats).value();
  };
  EXPECT_EQ(list_of(kIndexListedValuesMax, 4)->rows.size(), kIndexListedValuesMax);
  EXPECT_EQ(list_of(kIndexListedValuesMax + 1, 4), nullptr);
  EXPECT_EQ(list_of(8, kIndexListedTextMax / 8)->rows.size(), 8u);
  EXPECT_EQ(list_of(8, kIndexListedTextMax / 8 + 1), nullptr);
}

TEST(BlockIndex, KnowsThatAColumnHasNoValues) {
  const WrittenBlock block({DistinctValues(3, [](size_t) { return AttributeValue::Bool(true); })});
  const auto index = OpenIndex(*OpenReader(block.store()));
  BlockReadStats stats;
  const ColumnName absent{.field = {}, .owner = RowKind::kSpan, .key = "absent"};
  EXPECT_EQ(index->Values(0, absent, stats).value()->rows.size(), 0u);
  EXPECT_FALSE(index->MayHave(0, absent, AttributeValue::Int(1), stats).value());
  const auto any = [](const AttributeValue&) { return true; };
  EXPECT_EQ(index->MayMatch(0, absent, any, stats).value(), false);
  EXPECT_EQ(index->MayMatch(0, kOrder, any, stats).value(), true);
  // Not among those that have values in an index.
  const ColumnName start{.field = Field::kSpanStart, .key = {}};
  EXPECT_EQ(index->Values(0, start, stats).value(), nullptr);
  EXPECT_EQ(index->MayMatch(0, start, any, stats).value(), std::nullopt);
  EXPECT_TRUE(index->MayHave(0, start, AttributeValue::Int(1), stats).value());
}

// An ArrayValue message of OTLP with eight random ints.
std::string EightInts(Random& random) {
  std::string encoded;
  for (size_t i = 0; i < 8; ++i) {
    encoded += "\x0a\x06\x18";
    uint32_t number = static_cast<uint32_t>(random()) | 0x8000'0000;
    for (; number >= 0x80; number >>= 7) encoded += static_cast<char>(number | 0x80);
    encoded += static_cast<char>(number);
  }
  return encoded;
}

// Traces of one span with eight random values each, in row groups of which each may have a filter.
TEST(BlockIndex, StaysWithinItsPartOfTheBlock) {
  Random random(17);
  std::string encoded;
  const auto value = [&](size_t) {
    encoded = EightInts(random);
    return AttributeValue::Array(encoded);
  };
  const WrittenBlock block({DistinctValues(30'000, value)}, {.row_group_spans = 1'500});
  const auto index = OpenIndex(*OpenReader(block.store()));
  BlockReadStats stats;
  EXPECT_NE(index->Newest(stats).value(), nullptr);
  EXPECT_NE(index->Keys(stats).value(), nullptr);
  EXPECT_EQ(index->Counts(stats).value(), nullptr);
  size_t left_out = 0;
  for (size_t row_group = 0; row_group < index->row_group_count(); ++row_group)
    left_out += index->MayHave(row_group, kOrder, AttributeValue::String("absent"), stats).value();
  EXPECT_GE(left_out, 3u);
  EXPECT_LT(left_out, index->row_group_count());
  EXPECT_LE(block.Read(kBlockIndexName).size(),
            std::max(block.meta().size_bytes / kIndexShareOfData, kIndexBytesAlways));
}

class OneText final : public ValueTable {
 public:
  uint32_t size() const override { return 1; }
  AttributeValue Value(uint32_t) const override { return AttributeValue::String("x"); }
};

// Whether so many groups, of so many minutes each, are counted.
bool AreCounted(uint32_t groups, uint32_t minutes) {
  constexpr uint64_t kMinute = 60'000'000'000;
  const OneText text;
  SpanCounter counter;
  counter.BeginRowGroup(text, text);
  for (uint32_t group = 0; group < groups; ++group) {
    for (uint32_t minute = 1; minute <= minutes; ++minute)
      counter.AddSpan({0, 0, group, 0, minute * kMinute, 0});
  }
  counter.EndRowGroup();
  return counter.Take().has_value();
}

TEST(BlockIndex, CountsUpToTheLimits) {
  EXPECT_TRUE(AreCounted(kIndexGroupsMax, 1));
  EXPECT_FALSE(AreCounted(kIndexGroupsMax + 1, 1));
  EXPECT_TRUE(AreCounted(10, kIndexCellsMax / 10));
  EXPECT_FALSE(AreCounted(10, kIndexCellsMax / 10 + 1));
}

TEST(BlockIndex, BucketsAreClosedOnTheRight) {
  constexpr uint64_t kMinute = 60'000'000'000;
  SpanBatchBuilder builder;
  const uint32_t scope = builder.AddScope(builder.AddResource({}, 0, "", {}), "", "", {}, 0, "");
  const auto add = [&](uint64_t start, uint64_t duration) {
    builder.BeginSpan();
    builder.row().trace_id.bytes[0] = 1;
    builder.row().span_id.bytes[0] = 1;
    builder.row().start_unix_nanos = start;
    builder.row().end_unix_nanos = start + duration;
    builder.CommitSpan(scope);
  };
  add(7 * kMinute, 0);
  add(7 * kMinute, 1);
  add(7 * kMinute, 2);
  add(7 * kMinute, 3);
  add(7 * kMinute, 4);
  add(7 * kMinute, 5);
  add(7 * kMinute + 1, 1024);
  add(8 * kMinute, 1025);
  const WrittenBlock block({builder.Take()});
  BlockReadStats stats;
  const auto counts = OpenIndex(*OpenReader(block.store()))->Counts(stats).value();
  ASSERT_EQ(counts->groups.size(), 1u);
  EXPECT_EQ(counts->groups[0].service, Column::kMissing);
  ASSERT_EQ(counts->cells.size(), 2u);
  EXPECT_EQ(counts->cells[0].end_unix_minutes, 7u);
  EXPECT_EQ(counts->cells[0].spans, 6u);
  EXPECT_EQ(counts->cells[1].end_unix_minutes, 8u);
  EXPECT_EQ(counts->cells[1].spans, 2u);
  std::vector<std::pair<int, uint32_t>> buckets;
  for (const auto& [exponent, spans] : counts->buckets) buckets.emplace_back(exponent, spans);
  EXPECT_EQ(buckets,
            (std::vector<std::pair<int, uint32_t>>{{1, 1}, {2, 2}, {3, 1}, {10, 1}, {11, 1}}));
}

TEST(BlockIndex, IsOptional) {
  const WrittenBlock block = RandomBlock(1, 100);
  const auto store = CopyOf(block);
  store->Delete(kIndexKey).value();
  const auto reader = OpenReader(*store);
  EXPECT_EQ(OpenIndex(*reader), nullptr);
  store->Write(kIndexKey, block.Read(kBlockIndexName)).value();
  BlockReadStats stats;
  EXPECT_EQ(reader->Index(stats).value(), nullptr);  // it is not asked for again
  EXPECT_EQ(stats.reads, 0u);
}

TEST(BlockIndex, OfAnotherBlockIsReportedOnceAndNotUsed) {
  const auto store = CopyOf(RandomBlock(1, 100));
  store->Write(kIndexKey, RandomBlock(2, 100).Read(kBlockIndexName)).value();
  const auto reader = OpenReader(*store);
  BlockReadStats stats;
  EXPECT_EQ(reader->Index(stats).value(), nullptr);
  EXPECT_EQ(reader->Index(stats).value(), nullptr);
  EXPECT_EQ(stats.damaged_indexes, 1u);
  EXPECT_NE(stats.index_problem.find("belongs to another block"), std::string::npos)
      << stats.index_problem;
}

TEST(BlockIndex, OfALaterVersionIsNotUsed) {
  const WrittenBlock block = RandomBlock(1, 100);
  const auto store = CopyOf(block);
  std::string later = block.Read(kBlockIndexName);
  later[8] = 2;
  store->Write(kIndexKey, later).value();
  BlockReadStats stats;
  EXPECT_EQ(OpenReader(*store)->Index(stats).value(), nullptr);
  EXPECT_EQ(stats.index_problem, "vivace-index.bin: version 2 is not known");
}

// A section is damaged: known as soon as it is read, and from then on nothing is believed.
TEST(BlockIndex, WithADamagedSectionKnowsNothing) {
  const WrittenBlock block = RandomBlock(1, 100);
  const auto store = CopyOf(block);
  std::string damaged = block.Read(kBlockIndexName);
  damaged.back() = static_cast<char>(damaged.back() ^ 1);  // in the last list or filter
  store->Write(kIndexKey, damaged).value();
  const auto reader = OpenReader(*store);
  BlockReadStats stats;
  const auto index = reader->Index(stats).value();
  ASSERT_NE(index, nullptr);
  ExpectNothingWrong(*index, ReadPlainly(*reader), stats);
  EXPECT_EQ(stats.damaged_indexes, 1u);
  EXPECT_EQ(index->Keys(stats).value(), nullptr);
  EXPECT_EQ(index->Newest(stats).value(), nullptr);
  EXPECT_FALSE(index->was_replaced());
  EXPECT_EQ(stats.damaged_indexes, 1u);
}

// A server has an index open while `vivace blocks index -rebuild` writes another.
TEST(BlockIndex, ThatWasReplacedIsOpenedAnew) {
  const WrittenBlock block = RandomBlock(1, 100);
  const auto store = CopyOf(block);
  const auto reader = OpenReader(*store);
  BlockReadStats stats;
  const auto before = reader->Index(stats).value();
  // The same content in other places: an unknown section more, at the front.
  const std::string old = block.Read(kBlockIndexName);
  IndexHeader header =
      ParseIndexHeader(std::string_view(old).substr(0, ParseIndexPrefix(old, old.size()).value()),
                       old.size(),
                       {block.meta().size_bytes, static_cast<uint64_t>(block.meta().total_objects)})
          .value();
  const size_t old_header = EncodeIndexHeader(header).size();
  header.sections.push_back({.kind = static_cast<IndexSection>(77)});
  const size_t moved = EncodeIndexHeader(header).size() - old_header;
  for (IndexSectionEntry& entry : header.sections) entry.offset += moved;
  store->Write(kIndexKey, EncodeIndexHeader(header) + old.substr(old_header)).value();
  before->DropSections();
  for (size_t row_group = 0; row_group < before->row_group_count(); ++row_group) {
    EXPECT_TRUE(before
                    ->MayHave(row_group, {.field = Field::kSpanName, .key = {}},
                              AttributeValue::String("repeats"), stats)
                    .value());
  }
  EXPECT_EQ(stats.damaged_indexes, 0u) << stats.index_problem;
  EXPECT_TRUE(before->was_replaced());
  const auto after = reader->Index(stats).value();
  EXPECT_NE(after, before);
  ExpectSameIndex(*after, ReadPlainly(*reader));
}

TEST(BlockIndex, IsCountedAndFreed) {
  const WrittenBlock block = RandomBlock(1, 100);
  const auto reader = OpenReader(block.store());
  const ReaderMemory before = reader->Memory();
  const auto index = OpenIndex(*reader);
  EXPECT_GT(reader->Memory().file, before.file);
  EXPECT_EQ(reader->Memory().decoded, before.decoded);
  BlockReadStats stats;
  const auto newest = index->Newest(stats).value();
  EXPECT_GE(reader->Memory().decoded, before.decoded + newest->size() * 28);
  EXPECT_EQ(index->Newest(stats).value(), newest);  // kept
  reader->DropDecoded();
  EXPECT_EQ(reader->Memory().decoded, before.decoded);
  EXPECT_NE(index->Newest(stats).value(), newest);
  reader->DropFile();
  EXPECT_EQ(reader->Memory().file, before.file);
  EXPECT_NE(OpenIndex(*reader), index);
}

TEST(BlockIndex, ErrorsOfTheStoreAreErrors) {
  const auto store = CopyOf(RandomBlock(1, 100));
  FaultyStore faulty(*store);
  const Error no_answer{ErrorCode::kUnavailable, "no answer"};
  const auto reader = OpenReader(faulty);
  BlockReadStats stats;
  faulty.plan().FailAll(FaultyStore::Kind::kRead, no_answer, "vivace-index.bin");
  const auto failed = reader->Index(stats);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(failed.error().message.find("vivace-index.bin"), std::string::npos);
  faulty.plan().ClearFaults();
  const auto index = reader->Index(stats).value();  // it is not remembered
  ASSERT_NE(index, nullptr);
  faulty.plan().FailAll(FaultyStore::Kind::kRead, no_answer, "vivace-index.bin");
  const size_t last = index->row_group_count() - 1;
  const ColumnName status{.field = Field::kSpanStatus, .key = {}};  // far from the front
  EXPECT_FALSE(index->Values(last, status, stats).has_value());
  EXPECT_FALSE(index->MayHave(last, status, AttributeValue::Int(0), stats).has_value());
  faulty.plan().ClearFaults();
  EXPECT_NE(index->Values(last, status, stats).value(), nullptr);
  EXPECT_EQ(stats.damaged_indexes, 0u);
}

TEST(BlockIndex, OfADeletedBlockIsNotLeftBehind) {
  const WrittenBlock block = RandomBlock(1, 100);
  const auto store = CopyOf(block);
  const auto reader = OpenReader(*store);
  store->Delete(WrittenBlock::Key(kMetaName)).value();
  BlockReadStats stats;
  const auto written = IndexBlock(*store, *reader, stats);
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(store->Read(kIndexKey).has_value());
}

// Any byte of it changed: found, or without effect; never a wrong answer.
TEST(BlockIndexDamage, NoFlippedByteMakesAWrongAnswer) {
  Random random(5);
  const std::vector<TraceId> traces = RandomTraces(random, 4);
  const WrittenBlock block({RandomBatch(random, traces, 12)});
  const auto store = CopyOf(block);
  const std::string whole = block.Read(kBlockIndexName);
  const NaiveIndex expected = ReadPlainly(*OpenReader(block.store()));
  size_t found = 0;
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << at % 8));
    store->Write(kIndexKey, flipped).value();
    BlockReadStats stats;
    const auto index = OpenReader(*store)->Index(stats).value();
    if (index != nullptr) ExpectNothingWrong(*index, expected, stats);
    found += stats.damaged_indexes;
  }
  EXPECT_EQ(found, whole.size());  // every byte is covered by a checksum
}

// Cut short anywhere.
TEST(BlockIndexDamage, NoCutMakesAWrongAnswer) {
  Random random(6);
  const WrittenBlock block({RandomBatch(random, RandomTraces(random, 4), 12)});
  const auto store = CopyOf(block);
  const std::string whole = block.Read(kBlockIndexName);
  for (size_t size = 0; size < whole.size(); size += 3) {
    store->Write(kIndexKey, whole.substr(0, size)).value();
    BlockReadStats stats;
    EXPECT_EQ(OpenReader(*store)->Index(stats).value(), nullptr) << size;
    EXPECT_EQ(stats.damaged_indexes, 1u) << size;
  }
}

}  // namespace
}  // namespace vivace::testing
