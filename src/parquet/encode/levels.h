// Levels: the repetition and definition levels of a row group's columns, as lists of entries and as
// encoded pages.
//
// All columns of one kind of row share their structure: which entries exist, where lists begin. It
// is computed once (Entries) and its level bytes once per page, instead of once per column.
// Definition level = lists that exist around the entry (spec/storage.md 3.3). Owned by one row
// group's writing.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "parquet/encoded_page.h"

namespace vivace {

// A sequence of levels that is known beforehand, ready to be appended: its first and last run stay
// open, so that they join their neighbours; what lies between is encoded.
struct LevelPattern {
  struct Run {
    uint8_t level = 0;
    uint32_t count = 0;
  };
  Run first;
  Run last;                   // of a pattern with a single run: count 0
  uint32_t middle_begin = 0;  // of the encoded runs, in the string that the pattern was made with
  uint32_t middle_size = 0;

  // `levels` as a pattern whose encoded middle is appended to `bytes`.
  static LevelPattern Make(std::span<const uint8_t> levels, std::string& bytes);
};

// Appends levels as runs of the RLE/bit-packed hybrid encoding (Parquet format, "Encodings"), runs
// only: level patterns repeat from span to span, and byte-aligned runs are what the page's
// compressor then folds away.
class LevelEncoder {
 public:
  void Add(uint8_t level, uint32_t count = 1) {
    if (level == level_ || count == 0) {
      count_ += count;
      return;
    }
    Flush();
    level_ = level;
    count_ = count;
  }
  // Appends the levels of a pattern made with `bytes`: the same as one by one.
  void Add(const LevelPattern& pattern, const std::string& bytes) {
    Add(pattern.first.level, pattern.first.count);
    if (pattern.last.count == 0) return;
    Flush();
    if (pattern.middle_size > 0) Copy(bytes.data() + pattern.middle_begin, pattern.middle_size);
    level_ = pattern.last.level;
    count_ = pattern.last.count;
  }
  // The encoded runs; starts anew.
  std::string Take();
  std::shared_ptr<const std::string> TakeShared() {
    return std::make_shared<const std::string>(Take());
  }

 private:
  static constexpr size_t kRunBytesMax = 6;

  void EnsureRoom(size_t bytes) {
    if (bytes_.size() - size_ < bytes) [[unlikely]]
      bytes_.resize(2 * bytes_.size() + bytes);
  }
  void Copy(const char* from, size_t size) {
    EnsureRoom(size);
    char* to = bytes_.data() + size_;
    size_ += size;
    for (; size >= sizeof(uint32_t);
         size -= sizeof(uint32_t)) {  // two runs at a time: patterns are a few bytes
      std::memcpy(to, from, sizeof(uint32_t));
      from += sizeof(uint32_t);
      to += sizeof(uint32_t);
    }
    for (; size > 0; --size) *to++ = *from++;
  }
  void Flush() {
    if (count_ == 0) return;
    EnsureRoom(kRunBytesMax);
    char* to = bytes_.data() + size_;
    if (count_ < 64) [[likely]] {
      to[0] = static_cast<char>(count_ << 1);
      to[1] = static_cast<char>(level_);
      size_ += 2;
      count_ = 0;
      return;
    }
    uint64_t header = uint64_t{count_} << 1;
    for (; header >= 0x80; header >>= 7) *to++ = static_cast<char>(header | 0x80);
    *to++ = static_cast<char>(header);
    *to++ = static_cast<char>(level_);
    size_ = static_cast<size_t>(to - bytes_.data());
    count_ = 0;
  }

  std::string bytes_;  // longer than what is used of it
  size_t size_ = 0;
  uint8_t level_ = 0;
  uint32_t count_ = 0;
};

// The rows of one kind in a row group, with an entry also for each list that is empty or absent.
struct Entries {
  static constexpr uint8_t kPresent = 0xff;

  int16_t depth =
      0;  // definition level of a row that exists; repetition level of a list's later elements
  std::vector<uint8_t> repetition;  // by entry
  std::vector<uint8_t> definition;  // by entry: kPresent, or the lower level at which the list ends
  std::vector<uint32_t> page_entries;  // first entry of each page, and the end
  std::vector<uint32_t> page_rows;     // number of rows that exist before each page, and in all

  size_t pages() const { return page_entries.size() - 1; }
  size_t row_count() const { return page_rows.back(); }
};

// One entry per row outside of all lists, cut into pages: `page_begins` are row numbers, the last
// one the end.
Entries RootEntries(const std::vector<uint32_t>& page_begins);

// The children of `parent`'s rows: row i has the children [begins[i], begins[i + 1]).
Entries ChildEntries(const Entries& parent, const std::vector<uint32_t>& begins);

// The levels that every required column of the rows has, by page.
std::vector<PageLevels> StructureLevels(const Entries& entries);

// The pages' levels as those of a single page: encoded runs can be concatenated.
PageLevels Concatenate(const std::vector<PageLevels>& pages);

}  // namespace vivace
