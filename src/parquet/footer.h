// The footer of a Parquet file: fetched and checked as far as its outside goes, and the columns of
// its schema found.
//
// Pure functions, any thread; cost: one read, two where the footer's size is not known. Damage is
// DATA_LOSS. Inside src/parquet only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "parquet/leaf_info.h"
#include "parquet/object_source.h"
#include "parquet/read_stats.h"

namespace parquet {
class ReaderProperties;
class SchemaDescriptor;
}  // namespace parquet

namespace vivace {

inline constexpr std::string_view kParquetMagic = "PAR1";  // begins and ends a file
inline constexpr uint64_t kFooterTailBytes = 8;            // length of the footer, magic

// The footer without its tail, of a file of `size` bytes. `footer_size` 0: not known.
Result<std::string> ReadFooter(const ObjectSource& source, uint64_t size, uint64_t footer_size,
                               ReadStats& stats);

// The file's column number of each leaf. Further columns are ignored.
Result<std::vector<int>> FindColumns(const parquet::SchemaDescriptor& schema,
                                     std::span<const LeafInfo> leaves);

// How to read a Thrift message of the file. A list in one takes at least a byte an element, so a
// count above the message's size is a lie; without this limit it would become an allocation.
parquet::ReaderProperties ThriftLimitsFor(size_t message_bytes);

}  // namespace vivace
