// The schemas of block/format/schema.h as Parquet knows them, with the names, LIST and MAP annotations and types that Tempo writes.
//
// Inside src/block only (Arrow types). Built once, constant, any thread.
#pragma once

#include <parquet/schema.h>

#include <memory>
#include <span>

#include "block/format/schema.h"

namespace vivace {

// The root group "Trace" over `leaves`.
std::shared_ptr<parquet::schema::GroupNode> MakeParquetSchema(std::span<const LeafInfo> leaves);

const parquet::SchemaDescriptor& BlockParquetSchema();
const parquet::SchemaDescriptor& ExtraParquetSchema();

parquet::Type::type PhysicalTypeOf(LeafType type);

}  // namespace vivace
