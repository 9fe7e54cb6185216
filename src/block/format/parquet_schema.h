// The schemas of block/format/schema.h as Parquet knows them, with the names, LIST and MAP
// annotations and types that Tempo writes.
//
// Inside src/block only (Arrow types). Built once, constant, any thread.
#pragma once

#include <parquet/schema.h>

#include "block/format/schema.h"
#include "parquet/parquet_file.h"

namespace vivace {

const parquet::SchemaDescriptor& BlockParquetSchema();
const parquet::SchemaDescriptor& ExtraParquetSchema();

// What a reader of data.parquet expects, and one of vivace-extra.parquet.
ParquetLayout BlockLayout();
ParquetLayout ExtraLayout();

}  // namespace vivace
