// Test support: the leaves of a Parquet file as Arrow's own readers see them, whole, value by value
// as text.
#pragma once

#include <arrow/io/memory.h>
#include <parquet/column_page.h>
#include <parquet/column_reader.h>
#include <parquet/file_reader.h>
#include <parquet/statistics.h>

#include <bit>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace vivace::testing {

// One entry of a leaf. Numbers are printed unsigned: their bits in the width of the column.
struct LeafEntry {
  int repetition = 0;
  int definition = 0;
  std::optional<std::string> value;
  friend bool operator==(const LeafEntry&, const LeafEntry&) = default;
  friend std::ostream& operator<<(std::ostream& out, const LeafEntry& entry) {
    return out << entry.repetition << '/' << entry.definition << ' '
               << entry.value.value_or("(null)");
  }
};
using LeafEntries = std::vector<LeafEntry>;

inline std::unique_ptr<parquet::ParquetFileReader> OpenParquet(const std::string& bytes) {
  return parquet::ParquetFileReader::Open(
      std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes)));
}

inline std::string TextOf(const parquet::ByteArray& value) {
  return {reinterpret_cast<const char*>(value.ptr), value.len};
}
inline std::string TextOf(int32_t value) { return std::to_string(static_cast<uint32_t>(value)); }
inline std::string TextOf(int64_t value) { return std::to_string(static_cast<uint64_t>(value)); }
inline std::string TextOf(double value) { return std::to_string(std::bit_cast<uint64_t>(value)); }
inline std::string TextOf(bool value) { return value ? "1" : "0"; }

template <typename Type>
LeafEntries ReadLeafAs(parquet::ColumnReader& column) {
  auto& reader = static_cast<parquet::TypedColumnReader<Type>&>(column);
  const int max_definition = reader.descr()->max_definition_level();
  constexpr int64_t kBatch = 512;
  LeafEntries entries;
  std::vector<int16_t> definition(kBatch), repetition(kBatch);
  const auto values = std::make_unique<typename Type::c_type[]>(kBatch);
  while (reader.HasNext()) {
    int64_t value_count = 0;
    const int64_t count =
        reader.ReadBatch(kBatch, definition.data(), repetition.data(), values.get(), &value_count);
    int64_t value = 0;
    for (int64_t i = 0; i < count; ++i) {
      LeafEntry entry{reader.descr()->max_repetition_level() == 0 ? 0 : repetition[i],
                      max_definition == 0 ? 0 : definition[i],
                      {}};
      if (entry.definition == max_definition) entry.value = TextOf(values[value++]);
      entries.push_back(std::move(entry));
    }
    if (value != value_count) throw std::runtime_error("levels and values disagree");
  }
  return entries;
}

inline LeafEntries ReadLeaf(parquet::ParquetFileReader& file, int row_group, int column) {
  const auto reader = file.RowGroup(row_group)->Column(column);
  switch (reader->type()) {
    case parquet::Type::BYTE_ARRAY:
      return ReadLeafAs<parquet::ByteArrayType>(*reader);
    case parquet::Type::INT64:
      return ReadLeafAs<parquet::Int64Type>(*reader);
    case parquet::Type::INT32:
      return ReadLeafAs<parquet::Int32Type>(*reader);
    case parquet::Type::DOUBLE:
      return ReadLeafAs<parquet::DoubleType>(*reader);
    default:
      return ReadLeafAs<parquet::BooleanType>(*reader);
  }
}

// Over all row groups.
inline LeafEntries ReadLeaf(parquet::ParquetFileReader& file, int column) {
  LeafEntries all;
  for (int group = 0; group < file.metadata()->num_row_groups(); ++group) {
    LeafEntries entries = ReadLeaf(file, group, column);
    all.insert(all.end(), std::make_move_iterator(entries.begin()),
               std::make_move_iterator(entries.end()));
  }
  return all;
}

}  // namespace vivace::testing
