#include "parquet/range_fetcher.h"

#include <arrow/buffer.h>
#include <arrow/io/memory.h>

#include <algorithm>
#include <iterator>

namespace vivace {
namespace {

// Reading over a gap costs less than another request: a few microseconds on a disk, tens of
// milliseconds over a network.
constexpr uint64_t kGapBytesMax = 4 << 10;
constexpr uint64_t kReadBytesMax = 16 << 20;
constexpr uint64_t kRemoteGapBytesMax = 4 << 20;
constexpr uint64_t kRemoteReadBytesMax = 32 << 20;

}  // namespace

std::vector<ByteRange> MergedRanges(std::vector<ByteRange> ranges, uint64_t gap_bytes_max,
                                    uint64_t read_bytes_max) {
  std::ranges::sort(ranges, {}, &ByteRange::offset);
  std::vector<ByteRange> reads;
  for (const ByteRange& next : ranges) {
    const bool is_near =
        !reads.empty() && next.offset <= reads.back().end() + gap_bytes_max &&
        std::max(reads.back().end(), next.end()) - reads.back().offset <= read_bytes_max;
    if (is_near) {
      ByteRange& read = reads.back();
      read.size = std::max(read.end(), next.end()) - read.offset;
    } else {
      reads.push_back(next);
    }
  }
  return reads;
}

std::vector<ByteRange> RangeFetcher::Reads(bool is_remote) const {
  return is_remote ? MergedRanges(wanted_, kRemoteGapBytesMax, kRemoteReadBytesMax)
                   : MergedRanges(wanted_, kGapBytesMax, kReadBytesMax);
}

Status RangeFetcher::Fetch(const ObjectSource& source, ReadStats& stats) {
  if (wanted_.empty()) return {};
  const auto is_held = [&](const ByteRange& range) { return source.Holds(range); };
  if (std::ranges::all_of(wanted_, is_held)) {
    reads_ = MergedRanges(wanted_, 0, 0);  // what lies between may not be held
  } else {
    reads_ = Reads(source.is_remote());
  }
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
