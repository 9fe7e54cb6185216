// A list of leaves (leaf_info.h) as a schema of Parquet: groups, annotations and types.
//
// Groups named "list" and "key_value" repeat, as Parquet has them in its LIST and MAP; all others
// are required. Made once per schema, any thread. Inside src/parquet and src/block only (Arrow
// types).
#pragma once

#include <parquet/schema.h>

#include <memory>
#include <span>
#include <string_view>

#include "parquet/leaf_info.h"

namespace vivace {

// The group `root` over `leaves`.
std::shared_ptr<parquet::schema::GroupNode> MakeParquetSchema(std::string_view root,
                                                              std::span<const LeafInfo> leaves);

// The same with its columns by number.
parquet::SchemaDescriptor DescribeSchema(std::string_view root, std::span<const LeafInfo> leaves);

parquet::Type::type PhysicalTypeOf(LeafType type);

}  // namespace vivace
