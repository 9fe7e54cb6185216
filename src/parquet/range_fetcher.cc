#include "parquet/range_fetcher.h"

#include <arrow/buffer.h>
#include <arrow/io/memory.h>

#include <algorithm>
#include <iterator>

namespace vivace {
namespace {

// Reading over a gap costs less than another request: a few microseconds on a disk. Object stores
// will need more.
constexpr uint64_t kGapBytesMax = 4 << 10;
constexpr uint64_t kReadBytesMax = 16 << 20;

bool ShouldMerge(const ByteRange& read, const ByteRange& next) {
  return next.offset <= read.end() + kGapBytesMax && next.end() - read.offset <= kReadBytesMax;
}

}  // namespace

Status RangeFetcher::Fetch(const ObjectSource& source, ReadStats& stats) {
  std::ranges::sort(wanted_, {}, &ByteRange::offset);
  for (size_t at = 0; at < wanted_.size();) {
    ByteRange read = wanted_[at];
    for (++at; at < wanted_.size() && ShouldMerge(read, wanted_[at]); ++at)
      read.size = std::max(read.end(), wanted_[at].end()) - read.offset;
    reads_.push_back(read);
  }
  if (reads_.empty()) return {};
  VIVACE_ASSIGN(pieces_, source.Read(reads_, stats, &ReadStats::data_bytes));
  return {};
}

std::string_view RangeFetcher::Get(ByteRange range) const {
  if (range.size == 0) return {};
  const auto read =
      std::prev(std::ranges::upper_bound(reads_, range.offset, {}, &ByteRange::offset));
  return std::string_view(pieces_[static_cast<size_t>(read - reads_.begin())])
      .substr(range.offset - read->offset, range.size);
}

std::shared_ptr<arrow::io::InputStream> RangeFetcher::Stream(ByteRange dictionary,
                                                             ByteRange page) const {
  const bool adjacent = dictionary.end() == page.offset;
  const std::string_view together =
      Get(adjacent ? ByteRange{dictionary.offset, dictionary.size + page.size} : page);
  if (together.size() == dictionary.size + page.size) {
    return std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(together));
  }
  std::string joined(Get(dictionary));
  joined.append(Get(page));
  return std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(std::move(joined)));
}

}  // namespace vivace
