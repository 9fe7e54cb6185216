#include "block/row_entries.h"

#include <algorithm>

namespace vivace {
namespace {

// The runs one after the other, cut at `entries`.
class RunReader {
 public:
  RunReader(std::string_view runs, uint32_t entries) : at_(runs.data()), bytes_end_(runs.data() + runs.size()), entries_(entries) {}

  // False at the end, which may be too early: see complete().
  bool Next() {
    begin_ = end_;
    if (complete() || bytes_end_ - at_ < 2) return false;
    uint64_t head = static_cast<uint8_t>(*at_++);
    if (head >= 0x80 && !ReadRest(head)) return false;
    if ((head & 1) != 0) return false;
    level_ = static_cast<uint8_t>(*at_++);
    end_ = static_cast<uint32_t>(std::min<uint64_t>(entries_, begin_ + (head >> 1)));
    return true;
  }

  bool complete() const { return end_ == entries_; }
  int16_t level() const { return level_; }
  // The run's entries.
  uint32_t begin() const { return begin_; }
  uint32_t end() const { return end_; }
  uint32_t count() const { return end_ - begin_; }

 private:
  // The further bytes of a varint of at most 32 bits; a byte is left behind them.
  bool ReadRest(uint64_t& head) {
    head &= 0x7f;
    for (int shift = 7; shift < 35; shift += 7) {
      if (bytes_end_ - at_ < 2) return false;
      const auto byte = static_cast<uint8_t>(*at_++);
      head |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  const char* at_;
  const char* const bytes_end_;
  const uint32_t entries_;
  uint32_t begin_ = 0;
  uint32_t end_ = 0;
  int16_t level_ = 0;
};

// The entry with which the row begins; `runs` then stands in the run that has it.
std::optional<uint32_t> FindRowBegin(RunReader& runs, uint64_t row) {
  uint64_t rows = 0;
  while (runs.Next()) {
    if (runs.level() != 0) continue;
    if (row < rows + runs.count()) return runs.begin() + static_cast<uint32_t>(row - rows);
    rows += runs.count();
  }
  return std::nullopt;
}

}  // namespace

std::optional<EntryRange> FindRowEntries(std::string_view runs, uint32_t entries, uint64_t row) {
  RunReader reader(runs, entries);
  const std::optional<uint32_t> begin = FindRowBegin(reader, row);
  if (!begin.has_value()) return std::nullopt;
  if (*begin + 1 < reader.end()) return EntryRange{*begin, *begin + 1};
  while (reader.Next()) {
    if (reader.level() == 0 && reader.count() > 0) return EntryRange{*begin, reader.begin()};
  }
  if (!reader.complete()) return std::nullopt;
  return EntryRange{*begin, entries};
}

std::optional<uint32_t> ReadLevels(std::string_view runs, EntryRange range, int16_t max, std::vector<int16_t>& out) {
  RunReader reader(runs, range.end);
  uint32_t before = 0;
  while (reader.Next()) {
    if (reader.level() > max) return std::nullopt;
    const uint32_t skipped = std::clamp(range.begin, reader.begin(), reader.end()) - reader.begin();
    before += reader.level() == max ? skipped : 0;
    if (reader.count() > skipped) out.insert(out.end(), reader.count() - skipped, reader.level());
  }
  if (!reader.complete()) return std::nullopt;
  return before;
}

}  // namespace vivace
