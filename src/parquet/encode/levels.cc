#include "parquet/encode/levels.h"

namespace vivace {

LevelPattern LevelPattern::Make(std::span<const uint8_t> levels, std::string& bytes) {
  std::vector<Run> runs;
  for (const uint8_t level : levels) {
    if (runs.empty() || runs.back().level != level) runs.push_back({level, 0});
    ++runs.back().count;
  }
  LevelPattern pattern{.middle_begin = static_cast<uint32_t>(bytes.size())};
  if (!runs.empty()) pattern.first = runs.front();
  if (runs.size() > 1) pattern.last = runs.back();
  LevelEncoder middle;
  for (size_t i = 1; i + 1 < runs.size(); ++i) middle.Add(runs[i].level, runs[i].count);
  bytes += middle.Take();
  pattern.middle_size = static_cast<uint32_t>(bytes.size()) - pattern.middle_begin;
  return pattern;
}

std::string LevelEncoder::Take() {
  Flush();
  std::string bytes(bytes_.data(), size_);
  size_ = 0;
  level_ = 0;
  return bytes;
}

Entries RootEntries(const std::vector<uint32_t>& page_begins) {
  Entries entries;
  entries.repetition.assign(page_begins.back(), 0);
  entries.definition.assign(page_begins.back(), Entries::kPresent);
  entries.page_entries = page_begins;
  entries.page_rows = page_begins;
  return entries;
}

Entries ChildEntries(const Entries& parent, const std::vector<uint32_t>& begins) {
  Entries entries;
  entries.depth = static_cast<int16_t>(parent.depth + 1);
  entries.repetition.resize(parent.repetition.size() + begins.back());  // at most
  entries.definition.resize(entries.repetition.size());
  uint8_t* repetition = entries.repetition.data();
  uint8_t* definition = entries.definition.data();
  size_t row = 0;
  for (size_t page = 0; page < parent.pages(); ++page) {
    entries.page_entries.push_back(static_cast<uint32_t>(repetition - entries.repetition.data()));
    entries.page_rows.push_back(begins[parent.page_rows[page]]);
    for (size_t i = parent.page_entries[page]; i < parent.page_entries[page + 1]; ++i) {
      *repetition++ = parent.repetition[i];
      if (parent.definition[i] != Entries::kPresent) {
        *definition++ = parent.definition[i];
        continue;
      }
      const uint32_t count = begins[row + 1] - begins[row];
      ++row;
      *definition++ = count == 0 ? static_cast<uint8_t>(parent.depth) : Entries::kPresent;
      for (uint32_t child = 1; child < count; ++child) {
        *repetition++ = static_cast<uint8_t>(entries.depth);
        *definition++ = Entries::kPresent;
      }
    }
  }
  entries.repetition.resize(static_cast<size_t>(repetition - entries.repetition.data()));
  entries.definition.resize(entries.repetition.size());
  entries.page_entries.push_back(static_cast<uint32_t>(entries.repetition.size()));
  entries.page_rows.push_back(begins.back());
  return entries;
}

std::vector<PageLevels> StructureLevels(const Entries& entries) {
  std::vector<PageLevels> pages(entries.pages());
  LevelEncoder repetition;
  LevelEncoder definition;
  for (size_t page = 0; page < pages.size(); ++page) {
    for (size_t i = entries.page_entries[page]; i < entries.page_entries[page + 1]; ++i) {
      repetition.Add(entries.repetition[i]);
      definition.Add(entries.definition[i] == Entries::kPresent
                         ? static_cast<uint8_t>(entries.depth)
                         : entries.definition[i]);
    }
    pages[page] = {repetition.TakeShared(), definition.Take(),
                   entries.page_entries[page + 1] - entries.page_entries[page]};
  }
  return pages;
}

PageLevels Concatenate(const std::vector<PageLevels>& pages) {
  PageLevels joined;
  std::string repetition;
  for (const PageLevels& page : pages) {
    repetition += *page.repetition;
    joined.definition += page.definition;
    joined.entries += page.entries;
  }
  joined.repetition = std::make_shared<const std::string>(std::move(repetition));
  return joined;
}

}  // namespace vivace
