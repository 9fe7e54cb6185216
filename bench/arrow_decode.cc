// Measures the unit of the query bench: the CPU seconds in which Arrow decodes every column of a
// Parquet file. Usage: arrow_decode FILE [ROUNDS]; prints the seconds of the fastest round.
#include <fmt/format.h>
#include <parquet/column_reader.h>
#include <parquet/file_reader.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

namespace vivace {
namespace {

constexpr int64_t kBatch = 65536;

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Levels {
  std::vector<int16_t> definition = std::vector<int16_t>(kBatch);
  std::vector<int16_t> repetition = std::vector<int16_t>(kBatch);
};

template <typename Type>
void DecodeColumn(parquet::ColumnReader& column, Levels& levels) {
  auto& reader = static_cast<parquet::TypedColumnReader<Type>&>(column);
  static std::vector<typename Type::c_type> values(kBatch);
  int64_t read = 0;
  while (reader.HasNext())
    reader.ReadBatch(kBatch, levels.definition.data(), levels.repetition.data(), values.data(),
                     &read);
}

template <>
void DecodeColumn<parquet::BooleanType>(parquet::ColumnReader& column, Levels& levels) {
  auto& reader = static_cast<parquet::BoolReader&>(column);
  static bool values[kBatch];
  int64_t read = 0;
  while (reader.HasNext())
    reader.ReadBatch(kBatch, levels.definition.data(), levels.repetition.data(), values, &read);
}

void Decode(parquet::ColumnReader& column, Levels& levels) {
  switch (column.type()) {
    case parquet::Type::BOOLEAN:
      return DecodeColumn<parquet::BooleanType>(column, levels);
    case parquet::Type::INT32:
      return DecodeColumn<parquet::Int32Type>(column, levels);
    case parquet::Type::INT64:
      return DecodeColumn<parquet::Int64Type>(column, levels);
    case parquet::Type::DOUBLE:
      return DecodeColumn<parquet::DoubleType>(column, levels);
    case parquet::Type::BYTE_ARRAY:
      return DecodeColumn<parquet::ByteArrayType>(column, levels);
    default:
      throw std::runtime_error("a column of a type that blocks do not have");
  }
}

double DecodeFile(const std::string& path) {
  const double before = CpuSeconds();
  const auto file = parquet::ParquetFileReader::OpenFile(path);
  Levels levels;
  for (int group = 0; group < file->metadata()->num_row_groups(); ++group) {
    const auto row_group = file->RowGroup(group);
    for (int column = 0; column < file->metadata()->num_columns(); ++column)
      Decode(*row_group->Column(column), levels);
  }
  return CpuSeconds() - before;
}

int Run(const std::string& path, int rounds) {
  double fastest = DecodeFile(path);
  for (int round = 1; round < rounds; ++round) fastest = std::min(fastest, DecodeFile(path));
  fmt::print("{:.6f}\n", fastest);
  return 0;
}

}  // namespace
}  // namespace vivace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: arrow_decode FILE [ROUNDS]\n");
    return 2;
  }
  try {
    return vivace::Run(argv[1], argc > 2 ? std::atoi(argv[2]) : 3);
  } catch (const std::exception& problem) {
    fmt::print(stderr, "{}: {}\n", argv[1], problem.what());
    return 1;
  }
}
