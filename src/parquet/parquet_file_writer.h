// ParquetFileWriter: assembles a Parquet file from pages that are already encoded.
//
// Call order: (BeginRowGroup (BeginColumn [Dictionary] Page* EndColumn)* EndRowGroup)* Finish. All
// columns come, in schema order, and every page ends at a row. It compresses (zstd level 1), writes
// page headers, checksums, statistics, page index and footer through Arrow's metadata builders.
// Inside src/parquet and src/block only (Arrow types). One thread; Arrow's exceptions become Errors
// at Finish and in the functions that return Status. Memory: one page and the metadata.
#pragma once

#include <parquet/schema.h>

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "object/object_store.h"
#include "parquet/encoded_page.h"

namespace vivace {

class ParquetFileWriter {
 public:
  ParquetFileWriter(ObjectWriter& object, const parquet::SchemaDescriptor& schema);
  ~ParquetFileWriter();

  Status BeginRowGroup();
  Status BeginColumn();
  // Values in plain encoding. Before the pages.
  Status Dictionary(std::string_view values, uint32_t count);
  Status Page(const EncodedPage& page);
  Status EndColumn();
  Status EndRowGroup(uint64_t rows);

  // Bytes of the file so far.
  uint64_t bytes() const;

  struct Size {
    uint64_t file_bytes = 0;
    uint32_t footer_bytes = 0;
  };
  // Writes page index and footer. The caller closes the object.
  Result<Size> Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vivace
