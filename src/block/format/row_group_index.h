// RowGroupIndex: the block's `index` object, the last trace id of each row group
// (spec/storage.md 4.4).
//
// Optional: a block without it is searched by the statistics of its file. A plain value, any
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace vivace {

class RowGroupIndex {
 public:
  // Row groups in order.
  void Append(const TraceId& last_id) { last_ids_.push_back(last_id); }

  size_t size() const { return last_ids_.size(); }
  const std::vector<TraceId>& last_ids() const { return last_ids_; }

  // The only row group that may hold `id`; none where the id is greater than the last one.
  std::optional<size_t> Find(const TraceId& id) const;

  std::string ToJson() const;
  // DATA_LOSS for anything but ascending ids of 16 bytes.
  static Result<RowGroupIndex> Parse(std::string_view json);

 private:
  std::vector<TraceId> last_ids_;
};

}  // namespace vivace
