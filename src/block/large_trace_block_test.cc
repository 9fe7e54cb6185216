// A block of one large trace: written and read in time linear in its services, which are counted
// by name.
#include <gtest/gtest.h>

#include "base/cpu_time_for_test.h"
#include "block/format/schema.h"
#include "block/written_block_for_test.h"
#include "columns/large_trace_for_test.h"
#include "parquet/arrow_leaves_for_test.h"

namespace vivace {
namespace {

using testing::kLargeTrace;
using testing::LargeTrace;
using testing::LeastCpuSeconds;
using testing::WrittenBlock;

std::vector<std::string> Values(const WrittenBlock& block, Leaf leaf) {
  const auto file = testing::OpenParquet(block.Read(kDataName));
  std::vector<std::string> values;
  for (const auto& entry : testing::ReadLeaf(*file, static_cast<int>(ColumnOf(leaf))))
    if (entry.value) values.push_back(*entry.value);
  return values;
}

// Services "b", "a", "b", none: resources of one name are counted together, names ascend.
TEST(LargeTraceBlock, CountsSpansAndErrorsByServiceInAscendingOrder) {
  SpanBatchBuilder builder;
  uint32_t number = 0;
  for (const std::string_view service : {"b", "a", "b", ""}) {
    std::vector<AttributeCode> codes;
    if (!service.empty())
      codes.push_back(builder.AddAttribute("service.name", AttributeValue::String(service)));
    codes.push_back(builder.AddAttribute("instance", AttributeValue::Int(++number)));
    const uint32_t scope = builder.AddScope(builder.AddResource(codes, 0, {}), {}, {}, {}, 0, {});
    for (uint32_t span = 0; span <= number; ++span) {
      builder.BeginSpan();
      builder.row().trace_id = kLargeTrace;
      builder.row().span_id = testing::NumberedSpan(100 * number + span);
      builder.row().status_code = span == 0 ? 2 : 0;
      builder.CommitSpan(scope);
    }
  }
  const WrittenBlock block({builder.Take()});
  EXPECT_EQ(Values(block, Leaf::kServiceStatsKey), (std::vector<std::string>{"", "a", "b"}));
  EXPECT_EQ(Values(block, Leaf::kServiceStatsSpanCount), (std::vector<std::string>{"5", "3", "6"}));
  EXPECT_EQ(Values(block, Leaf::kServiceStatsErrorCount),
            (std::vector<std::string>{"1", "1", "2"}));
}

TEST(LargeTraceBlock, IsWrittenAndReadInTimeLinearInItsServices) {
  constexpr uint32_t kServices = 5000;
  const auto seconds = [](uint32_t services) {
    const SpanBatch trace = LargeTrace(services, services);
    return LeastCpuSeconds([&] {
      const WrittenBlock block({trace});
      EXPECT_EQ(block.Find({kLargeTrace}).spans.size(), services);
    });
  };
  EXPECT_LT(seconds(4 * kServices), testing::kLinearGrowthMax * seconds(kServices));
}

}  // namespace
}  // namespace vivace
