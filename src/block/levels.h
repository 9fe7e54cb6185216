// Levels: the repetition and definition levels of a row group's columns, as lists of entries and as encoded pages.
//
// All columns of one kind of row share their structure: which entries exist, where lists begin. It is computed once (Entries) and its
// level bytes once per page, instead of once per column. Definition level = lists that exist around the entry (spec/storage.md 3.3).
// Owned by one row group's writing.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace vivace {

// Appends levels as runs of the RLE/bit-packed hybrid encoding (Parquet format, "Encodings"), runs only: level patterns repeat from
// span to span, and byte-aligned runs are what the page's compressor then folds away.
class LevelRuns {
 public:
  void Add(uint8_t level, uint32_t count = 1) {
    if (level == level_) {
      count_ += count;
      return;
    }
    Flush();
    level_ = level;
    count_ = count;
  }
  // The encoded runs; starts anew.
  std::string Take();

 private:
  void Flush();
  std::string bytes_;
  uint8_t level_ = 0;
  uint32_t count_ = 0;
};

// The rows of one kind in a row group, with an entry also for each list that is empty or absent.
struct Entries {
  static constexpr uint8_t kPresent = 0xff;

  int16_t depth = 0;                   // definition level of a row that exists; repetition level of a list's later elements
  std::vector<uint8_t> repetition;     // by entry
  std::vector<uint8_t> definition;     // by entry: kPresent, or the lower level at which the list ends
  std::vector<uint32_t> page_entries;  // first entry of each page, and the end
  std::vector<uint32_t> page_rows;     // number of rows that exist before each page, and in all

  size_t pages() const { return page_entries.size() - 1; }
  size_t row_count() const { return page_rows.back(); }
};

// One entry per trace, cut into pages: `page_begins` are row numbers, the last one the end.
Entries TraceEntries(const std::vector<uint32_t>& page_begins);

// The children of `parent`'s rows: row i has the children [begins[i], begins[i + 1]).
Entries ChildEntries(const Entries& parent, const std::vector<uint32_t>& begins);

// Encoded levels of one page.
struct PageLevels {
  std::string repetition;
  std::string definition;
  uint32_t entries = 0;
};

// The levels that every required column of the rows has, by page.
std::vector<PageLevels> StructureLevels(const Entries& entries);

// The pages' levels as those of a single page: runs can be strung together.
PageLevels Joined(const std::vector<PageLevels>& pages);

}  // namespace vivace
