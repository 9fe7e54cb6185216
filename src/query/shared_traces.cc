#include "query/shared_traces.h"

#include <algorithm>
#include <queue>

namespace vivace {
namespace {

constexpr size_t kSharedTraceBytes = kTraceIdSetBytes + 2 * sizeof(uint32_t);

struct Cursor {
  const TraceId* at = nullptr;
  const TraceId* end = nullptr;
  uint32_t source = 0;

  // The smallest id is the top of a heap, of equal ids the smallest source.
  friend bool operator<(const Cursor& a, const Cursor& b) {
    return *a.at != *b.at ? *b.at < *a.at : b.source < a.source;
  }
};

}  // namespace

Status SharedTraces::Reserve(size_t ids) { return lists_lease_->Grow(ids * sizeof(TraceId)); }

void SharedTraces::Add(uint32_t source, std::vector<TraceId> ids) {
  lists_.push_back({source, std::move(ids)});
}

Status SharedTraces::Build() {
  std::priority_queue<Cursor> cursors;
  for (const List& list : lists_) {
    if (!list.ids.empty())
      cursors.push({list.ids.data(), list.ids.data() + list.ids.size(), list.source});
  }
  std::vector<uint32_t> sources;
  TraceId last;
  while (!cursors.empty()) {
    Cursor cursor = cursors.top();
    cursors.pop();
    if (sources.empty() || *cursor.at != last) {
      VIVACE_TRY(Note(last, sources));
      last = *cursor.at;
    }
    sources.push_back(cursor.source);
    // Runs of ids that only this source has need no heap.
    ++cursor.at;
    while (cursor.at != cursor.end && (cursors.empty() || *cursor.at < *cursors.top().at)) {
      VIVACE_TRY(Note(last, sources));
      last = *cursor.at++;
      sources.push_back(cursor.source);
    }
    if (cursor.at != cursor.end) cursors.push(cursor);
  }
  VIVACE_TRY(Note(last, sources));
  lists_.clear();
  lists_lease_.reset();
  return {};
}

// Takes the sources of one id, and empties them.
Status SharedTraces::Note(const TraceId& id, std::vector<uint32_t>& sources) {
  if (sources.size() > 1) {
    VIVACE_TRY(shared_lease_.Grow(kSharedTraceBytes + sources.size() * sizeof(uint32_t)));
    shared_[id] = {static_cast<uint32_t>(sources_.size()), static_cast<uint32_t>(sources.size())};
    sources_.insert(sources_.end(), sources.begin(), sources.end());
  }
  sources.clear();
  return {};
}

std::span<const uint32_t> SharedTraces::SourcesOf(const TraceId& id) const {
  const auto found = shared_.find(id);
  if (found == shared_.end()) return {};
  return std::span(sources_).subspan(found->second.begin, found->second.count);
}

}  // namespace vivace
