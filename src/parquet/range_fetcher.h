// RangeFetcher: ranges of one object, fetched with few requests: small gaps are read over. Owned by
// one read. Inside src/parquet only.
#pragma once

#include <arrow/io/interfaces.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "parquet/object_source.h"

namespace vivace {

// Sorted; gaps up to so many bytes are read over.
std::vector<ByteRange> MergedRanges(std::vector<ByteRange> ranges, uint64_t gap_bytes_max,
                                    uint64_t read_bytes_max);

class RangeFetcher {
 public:
  void Add(ByteRange range) {
    if (range.size > 0) wanted_.push_back(range);
  }
  // What Fetch would ask the store for.
  std::vector<ByteRange> Reads(bool is_remote) const;
  Status Fetch(const ObjectSource& source, ReadStats& stats);

  // Bytes of a range that was wanted.
  std::string_view Get(ByteRange range) const;

  // A dictionary (of size 0 if there is none) and a page as one stream, which must not outlive the
  // fetcher: a copy is made only where they do not lie side by side.
  std::shared_ptr<arrow::io::InputStream> Stream(ByteRange dictionary, ByteRange page) const;

 private:
  std::vector<ByteRange> wanted_;
  std::vector<ByteRange> reads_;
  std::vector<std::string> pieces_;  // by read
};

}  // namespace vivace
