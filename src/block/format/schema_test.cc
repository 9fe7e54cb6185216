#include "block/format/schema.h"

#include <gtest/gtest.h>
#include <parquet/file_reader.h>

#include "block/format/parquet_schema.h"

namespace vivace {
namespace {

TEST(Schema, EqualsTempoFilesLeafByLeaf) {
  for (const char* path :
       {"edge/62abc253-df34-40a8-a51e-2fbc50e02af6", "shop/cec3f7e3-0639-484a-9b76-717a8b40e7ec"}) {
    const auto file = parquet::ParquetFileReader::OpenFile(
        std::string(VIVACE_SOURCE_DIR "/tests/data/blocks/vParquet4/") + path + "/data.parquet");
    const parquet::SchemaDescriptor& theirs = *file->metadata()->schema();
    const parquet::SchemaDescriptor& ours = BlockParquetSchema();
    EXPECT_EQ(ours.ToString(), theirs.ToString());
    ASSERT_EQ(ours.num_columns(), theirs.num_columns());
    for (int column = 0; column < ours.num_columns(); ++column) {
      const parquet::ColumnDescriptor& a = *ours.Column(column);
      const parquet::ColumnDescriptor& b = *theirs.Column(column);
      EXPECT_EQ(a.path()->ToDotString(), b.path()->ToDotString());
      EXPECT_EQ(a.physical_type(), b.physical_type());
      EXPECT_EQ(a.converted_type(), b.converted_type()) << a.path()->ToDotString();
      EXPECT_TRUE(a.logical_type()->Equals(*b.logical_type())) << a.path()->ToDotString();
      EXPECT_EQ(a.max_definition_level(), b.max_definition_level());
      EXPECT_EQ(a.max_repetition_level(), b.max_repetition_level());
    }
    std::ostringstream difference;
    EXPECT_TRUE(ours.Equals(theirs, &difference)) << difference.str();
  }
}

TEST(Schema, TableAndParquetAgree) {
  const auto check = [](std::span<const LeafInfo> leaves, const parquet::SchemaDescriptor& schema) {
    ASSERT_EQ(leaves.size(), static_cast<size_t>(schema.num_columns()));
    for (size_t column = 0; column < leaves.size(); ++column) {
      const parquet::ColumnDescriptor& descriptor = *schema.Column(static_cast<int>(column));
      EXPECT_EQ(leaves[column].path, descriptor.path()->ToDotString());
      EXPECT_EQ(leaves[column].max_definition, descriptor.max_definition_level())
          << leaves[column].path;
      EXPECT_EQ(leaves[column].max_repetition, descriptor.max_repetition_level())
          << leaves[column].path;
    }
  };
  check(BlockLeaves(), BlockParquetSchema());
  check(ExtraLeaves(), ExtraParquetSchema());
}

TEST(Schema, NamesAreWhereTheNumbersSay) {
  EXPECT_EQ(ColumnOf(Leaf::kSpanId), 47u);
  EXPECT_EQ(InfoOf(Leaf::kSpanHttpStatusCode).path,
            "rs.list.element.ss.list.element.Spans.list.element.HttpStatusCode");
  EXPECT_EQ(InfoOf(AttributeLeavesOf(RowKind::kLink).unsupported).path,
            "rs.list.element.ss.list.element.Spans.list.element.Links.list.element.Attrs.list."
            "element.ValueUnsupported");
  EXPECT_EQ(InfoOf(DedicatedLeaf(RowKind::kSpan, 9)).path,
            "rs.list.element.ss.list.element.Spans.list.element.DedicatedAttributes.String10");
  EXPECT_EQ(InfoOf(Leaf::kResourceServiceName).path, "rs.list.element.Resource.ServiceName");
}

TEST(Schema, LeavesKnowTheirRows) {
  for (size_t column = 0; column < kLeafCount; ++column) {
    const auto leaf = static_cast<Leaf>(column);
    const LeafInfo& info = InfoOf(leaf);
    const bool is_attribute = info.path.find("Attrs.list.element") != std::string::npos;
    EXPECT_EQ(IsAttributeLeaf(leaf), is_attribute) << info.path;
    EXPECT_GE(info.max_definition, DepthOf(RowKindOf(leaf)) + (is_attribute ? 1 : 0)) << info.path;
    if (!is_attribute) continue;
    EXPECT_GE(leaf, AttributeLeavesOf(RowKindOf(leaf)).key) << info.path;
    EXPECT_LE(leaf, AttributeLeavesOf(RowKindOf(leaf)).unsupported) << info.path;
  }
  EXPECT_EQ(RowKindOf(Leaf::kSpanDroppedEventsCount), RowKind::kSpan);
  EXPECT_EQ(RowKindOf(ExtraLeaf::kLinkFlags), RowKind::kLink);
}

// The writer's choice where a column has no dictionary.
TEST(Schema, WholeNumbersAreDeltaEncodedOutsideOfAttributes) {
  EXPECT_TRUE(InfoOf(Leaf::kSpanStartTimeUnixNano).delta_encoded);
  EXPECT_TRUE(InfoOf(Leaf::kServiceStatsSpanCount).delta_encoded);
  EXPECT_TRUE(ExtraLeaves()[ColumnOf(ExtraLeaf::kSpanFlags)].delta_encoded);
  EXPECT_FALSE(InfoOf(AttributeLeavesOf(RowKind::kSpan).value_int).delta_encoded);
  EXPECT_FALSE(InfoOf(Leaf::kSpanName).delta_encoded);
}

}  // namespace
}  // namespace vivace
