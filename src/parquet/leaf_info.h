// LeafInfo: one leaf column as its readers and writers need it. A schema is a list of them, by
// column number.
//
// The tables are made by src/block, whose names they have; here a leaf is a path, a type and two
// levels. Constants, any thread. Inside src/parquet and src/block only.
#pragma once

#include <cstdint>
#include <string>

namespace vivace {

enum class LeafType : uint8_t { kBytes, kString, kUint64, kInt64, kUint32, kInt32, kDouble, kBool };

inline bool IsText(LeafType type) { return type == LeafType::kBytes || type == LeafType::kString; }
inline bool Is32Bit(LeafType type) { return type == LeafType::kUint32 || type == LeafType::kInt32; }

struct LeafInfo {
  std::string path;  // dotted, as Parquet prints it
  LeafType type = LeafType::kBytes;
  bool optional = false;
  int16_t max_definition = 0;
  int16_t max_repetition = 0;
  bool delta_encoded = false;  // whole numbers: where there is no dictionary, as
                               // DELTA_BINARY_PACKED instead of PLAIN
};

}  // namespace vivace
