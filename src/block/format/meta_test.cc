#include "block/format/meta.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace vivace {
namespace {

constexpr const char* kMinimal =
    R"("format":"vParquet4","blockID":"62abc253-df34-40a8-a51e-2fbc50e02af6","startTime":"2026-11-20T23:00:00Z",)"
    R"("endTime":"2026-11-21T00:01:00Z")";

BlockMeta ParseWith(const std::string& more) {
  return ParseBlockMeta("{" + std::string(kMinimal) + more + "}").value();
}

TEST(BlockMeta, WritesTempoFilesByteForByte) {
  for (const char* path :
       {"edge/62abc253-df34-40a8-a51e-2fbc50e02af6", "shop/cec3f7e3-0639-484a-9b76-717a8b40e7ec"}) {
    std::ostringstream json;
    json << std::ifstream(std::string(VIVACE_SOURCE_DIR "/tests/data/blocks/vParquet4/") + path +
                          "/meta.json")
                .rdbuf();
    const Result<BlockMeta> meta = ParseBlockMeta(json.str());
    ASSERT_TRUE(meta.has_value()) << meta.error().message;
    EXPECT_EQ(ToJson(*meta), json.str());
  }
}

TEST(BlockMeta, ReadsTolerantly) {
  const BlockMeta meta = ParseWith(R"(,"unknown":{"a":[1]},"size":null,"replicationFactor":1)");
  EXPECT_EQ(meta.replication_factor, 1u);
  EXPECT_EQ(meta.size_bytes, 0u);
  EXPECT_EQ(BloomShardsOf(meta), 10u);
  EXPECT_TRUE(ToJson(meta).ends_with(R"("footerSize":0,"replicationFactor":1})"));
}

TEST(BlockMeta, TimesCoverTheirFractions) {
  const Result<BlockMeta> meta = ParseBlockMeta(
      R"({"format":"vParquet4","blockID":"62abc253-df34-40a8-a51e-2fbc50e02af6","startTime":"1970-01-01T00:00:01.9Z",)"
      R"("endTime":"1970-01-01T01:00:02.1+01:00"})");
  EXPECT_EQ(meta->start_unix_seconds, 1);
  EXPECT_EQ(meta->end_unix_seconds, 3);
}

TEST(BlockMeta, KeepsDedicatedColumns) {
  const std::string columns =
      R"(,"dedicatedColumns":[{"s":"resource","n":"a"},{"n":"b","t":"int"},{"s":"event","n":"c","o":["array"]}])";
  const BlockMeta meta = ParseWith(columns);
  ASSERT_EQ(meta.dedicated_columns.size(), 3u);
  EXPECT_EQ(meta.dedicated_columns[0].scope, DedicatedScope::kResource);
  EXPECT_EQ(meta.dedicated_columns[1].type, DedicatedType::kInt);
  EXPECT_NE(ToJson(meta).find(columns), std::string::npos);
}

TEST(BlockMeta, OwnFieldsComeBackAndAreChecked) {
  BlockMeta meta = ParseWith(R"(,"bloomShards":2)");
  meta.span_times = {17, 4'000'000'000};
  meta.bloom_crc32c = {1, 0xffff'ffff};
  meta.index_crc32c = 0;
  const std::string json = ToJson(meta);
  EXPECT_EQ(ParseBlockMeta(json).value(), meta);
  std::string changed = json;
  changed.replace(json.find("\"bloomShards\":2"), 15, "\"bloomShards\":02");
  EXPECT_FALSE(ParseBlockMeta(changed).has_value());
  changed = json;
  changed.replace(json.find("\"footerSize\":0"), 14, "\"footerSize\":7");
  EXPECT_EQ(ParseBlockMeta(changed).error().message, "meta.json: a checksum does not match");
  changed = json;  // copied under another id
  changed.replace(json.find("62abc253"), 8, "00000000");
  EXPECT_TRUE(ParseBlockMeta(changed).has_value());
  for (const char* own :
       {R"(,"vivace":1)", R"(,"vivace":{"bloomCrc32c":[1]})", R"(,"vivace":{"bloomCrc32c":["x"]})",
        R"(,"vivace":{"indexCrc32c":-1})", R"(,"vivace":{"extra":0})",
        R"(,"vivace":{"spansStartTime":"2026-11-20T23:00:00Z"})"})
    EXPECT_FALSE(ParseBlockMeta("{" + std::string(kMinimal) + own + "}").has_value()) << own;
}

TEST(BlockMeta, DamageIsAnError) {
  for (const char* json : {"", "{", "null", "{}", R"({"format":1})"})
    EXPECT_FALSE(ParseBlockMeta(json).has_value()) << json;
  for (const char* more : {R"(,"size":-1)", R"(,"size":"x")", R"(,"bloomShards":4294967296)",
                           R"(,"dedicatedColumns":{})", R"(,"dedicatedColumns":[{"s":"x"}])",
                           R"(,"dedicatedColumns":[{"o":[1]}])"}) {
    const auto meta = ParseBlockMeta("{" + std::string(kMinimal) + more + "}");
    ASSERT_FALSE(meta.has_value()) << more;
    EXPECT_EQ(meta.error().code, ErrorCode::kDataLoss);
  }
}

TEST(DedicatedColumns, DefaultListKeepsFiveSpanColumns) {
  const DedicatedColumns kept = FilterForV4(DefaultDedicatedColumns());
  const DedicatedSlots slots = AssignSlots(kept);
  ASSERT_EQ(kept.size(), 5u);
  EXPECT_EQ(slots.span[0], "http.request.method");
  EXPECT_EQ(slots.span[4], "http.route");
  EXPECT_EQ(slots.span[5], "");
  EXPECT_EQ(slots.resource[0], "");
}

TEST(DedicatedColumns, HashTellsListsApart) {
  const DedicatedColumns kept = FilterForV4(DefaultDedicatedColumns());
  DedicatedColumns other = kept;
  std::swap(other[0], other[1]);
  EXPECT_EQ(HashOf({}), 0u);
  EXPECT_NE(HashOf(kept), HashOf(other));
}

}  // namespace
}  // namespace vivace
