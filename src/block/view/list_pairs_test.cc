// What a view tells of all attributes at once is what it tells key by key.
#include "block/view/list_pairs.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>

#include "block/written_block_for_test.h"

namespace vivace {
namespace {

using testing::Pick;
using testing::Random;
using testing::WrittenBlock;

// Attributes under keys of a pool: several times in a list, too, and of any kind.
SpanBatch BatchOfKeys(Random& random, size_t spans, size_t keys) {
  SpanBatchBuilder builder;
  const auto attributes = [&](const auto& add) {
    for (uint64_t left = Pick(random, 6); left > 0; --left) {
      std::string storage;
      const bool is_common = Pick(random, 3) != 0;
      const AttributeValue value = is_common
                                       ? AttributeValue::Int(static_cast<int64_t>(Pick(random, 9)))
                                       : testing::RandomValue(random, storage);
      add(builder.AddAttribute(fmt::format("key.{}", Pick(random, keys)), value));
    }
  };
  uint32_t scope = 0;
  for (size_t i = 0; i < spans; ++i) {
    if (i == 0 || Pick(random, 4) == 0) {
      std::vector<AttributeCode> codes;
      attributes([&](AttributeCode code) { codes.push_back(code); });
      const uint32_t resource = builder.AddResource(codes, 0, "", "");
      scope = builder.AddScope(resource, "scope", "1", codes, 0, "");
    }
    builder.BeginSpan();
    builder.row().trace_id = testing::RandomId<TraceId>(random);
    builder.row().span_id = testing::RandomId<SpanId>(random);
    builder.row().start_unix_nanos = 1'700'000'000'000'000'000 + i;
    builder.row().end_unix_nanos = builder.row().start_unix_nanos + 1;
    attributes([&](AttributeCode code) { builder.SpanAttribute(code); });
    builder.CommitSpan(scope);
  }
  return builder.Take();
}

// By row and key.
using Values = std::map<std::pair<uint32_t, std::string>, std::string>;
std::string TextOf(const AttributeValue& value) {
  return fmt::format("{} {} {}", static_cast<int>(value.kind), value.text, value.bits);
}

Values ByKey(ColumnView& view, RowKind owner, const std::set<std::string>& keys) {
  Values values;
  for (const std::string& key : keys) {
    const Column* column = view.LoadAttribute(owner, key).value();
    for (uint32_t row = 0; column != nullptr && row < column->codes.size(); ++row) {
      if (column->codes[row] == Column::kMissing) continue;
      const AttributeValue value = column->values->Value(column->codes[row]);
      values[{row, key}] = TextOf(value);
    }
  }
  return values;
}

Values AtOnce(ColumnView& view, RowKind owner, const AttributePairs& pairs) {
  Values values;
  for (uint32_t row = 0; row < view.rows(owner); ++row) {
    for (const uint32_t number : pairs.Of(row)) {
      if (number == AttributePairs::kNone) continue;
      const auto& [key, value] = pairs.pairs[number];
      const bool is_new =
          values.emplace(std::pair(row, std::string(pairs.keys[key])), TextOf(value)).second;
      EXPECT_TRUE(is_new) << "twice in a row: " << pairs.keys[key];
    }
  }
  return values;
}

void ExpectSamePairs(const WrittenBlock& block) {
  const auto reader =
      BlockReader::Open(block.store(), WrittenBlock::kTenant, WrittenBlock::kId).value();
  BlockReadStats stats;
  const size_t groups = reader->RowGroupCount(stats).value();
  for (size_t group = 0; group < groups; ++group) {
    for (const RowKind owner : {RowKind::kSpan, RowKind::kResource, RowKind::kScope}) {
      const auto view = reader->OpenView(group, stats).value();
      const auto pairs = view->LoadPairs(owner).value();
      ASSERT_NE(pairs, nullptr);
      const std::set<std::string> keys(pairs->keys.begin(), pairs->keys.end());
      EXPECT_EQ(AtOnce(*view, owner, *pairs), ByKey(*view, owner, keys));
      std::set<std::string> left_out;
      ASSERT_TRUE(view->ListKeys(owner,
                                 [&](std::string_view key) {
                                   if (!keys.contains(std::string(key))) left_out.emplace(key);
                                 })
                      .has_value());
      for (const std::string& key : left_out)
        EXPECT_FALSE(key.starts_with("key.") || key == "a") << key;
    }
  }
}

class PairsOfView : public ::testing::TestWithParam<uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Random, PairsOfView, ::testing::Range(uint64_t{1}, uint64_t{9}));

TEST_P(PairsOfView, AreWhatColumnsHave) {
  Random random(GetParam());
  ExpectSamePairs(WrittenBlock({BatchOfKeys(random, 300, 1 + Pick(random, 12))}));
}

TEST_P(PairsOfView, AreWhatColumnsHaveOfEveryKindOfValue) {
  Random random(GetParam());
  const std::vector<TraceId> traces = testing::RandomTraces(random, 40);
  ExpectSamePairs(WrittenBlock({testing::RandomBatch(random, traces, 200)}));
}

TEST(PairsOfViewWithManyKeys, AreWhatColumnsHave) {
  Random random(1);
  ExpectSamePairs(WrittenBlock({BatchOfKeys(random, 1000, 2000)}));
}

TEST(PairsOfViewWithManyKeys, TakeMemoryFirst) {
  Random random(2);
  const WrittenBlock block({BatchOfKeys(random, 20'000, 200)});
  const auto reader =
      BlockReader::Open(block.store(), WrittenBlock::kTenant, WrittenBlock::kId).value();
  BlockReadStats stats;
  const auto load = [&](size_t bytes_max) {
    MemoryBudget budget(bytes_max);
    const auto view = reader->OpenView(0, stats, &budget).value();
    const auto pairs = view->LoadPairs(RowKind::kSpan);
    return pairs.has_value() ? std::nullopt : std::optional(pairs.error().code);
  };
  EXPECT_EQ(load(size_t{1} << 30), std::nullopt);
  EXPECT_EQ(load(size_t{1} << 20), ErrorCode::kResourceExhausted);
}

}  // namespace
}  // namespace vivace
