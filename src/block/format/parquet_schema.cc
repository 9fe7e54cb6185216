#include "block/format/parquet_schema.h"

#include "parquet/leaf_schema.h"

namespace vivace {
namespace {

constexpr std::string_view kRoot = "Trace";

}  // namespace

// The descriptors are never destroyed: column descriptors are handed out by reference to threads
// that may outlive static destruction.
const parquet::SchemaDescriptor& BlockParquetSchema() {
  static const parquet::SchemaDescriptor& schema =
      *new parquet::SchemaDescriptor(DescribeSchema(kRoot, BlockLeaves()));
  return schema;
}

const parquet::SchemaDescriptor& ExtraParquetSchema() {
  static const parquet::SchemaDescriptor& schema =
      *new parquet::SchemaDescriptor(DescribeSchema(kRoot, ExtraLeaves()));
  return schema;
}

ParquetLayout BlockLayout() {
  return {BlockLeaves(), BlockParquetSchema(), ColumnOf(Leaf::kTraceId)};
}

ParquetLayout ExtraLayout() { return {ExtraLeaves(), ExtraParquetSchema(), std::nullopt}; }

}  // namespace vivace
