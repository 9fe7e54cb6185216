// HeldRanges: ranges of one object that were fetched before anybody asked for them.
//
// Over a network a request takes milliseconds, so what will be read is asked for together, and
// ahead. Who decodes does not know: ObjectSource looks here first. Bytes are owned by a Hold and
// go with it; whoever makes one has taken its memory from a budget. Any thread. Cost: a read copies
// what it finds; a lookup goes through the holds of the object, a few dozen.
#pragma once

#include <iterator>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "object/object_store.h"

namespace vivace {

class HeldRanges : public std::enable_shared_from_this<HeldRanges> {
  struct Piece {
    ByteRange range;
    std::string bytes;
  };
  using Holds = std::list<std::vector<Piece>>;

 public:
  class Hold {
   public:
    ~Hold() {
      const std::lock_guard lock(owner_->mutex_);
      owner_->holds_.erase(at_);
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    friend class HeldRanges;
    Hold(std::shared_ptr<HeldRanges> owner, Holds::iterator at)
        : owner_(std::move(owner)), at_(at) {}
    const std::shared_ptr<HeldRanges> owner_;
    const Holds::iterator at_;
  };

  // `pieces`: the bytes of `ranges`.
  std::shared_ptr<const Hold> Add(const std::vector<ByteRange>& ranges,
                                  std::vector<std::string> pieces) {
    std::vector<Piece> held;
    for (size_t i = 0; i < ranges.size(); ++i) held.push_back({ranges[i], std::move(pieces[i])});
    const std::lock_guard lock(mutex_);
    holds_.push_back(std::move(held));
    return std::shared_ptr<const Hold>(new Hold(shared_from_this(), std::prev(holds_.end())));
  }

  // Of each range its bytes; none unless all are held.
  std::optional<std::vector<std::string>> Find(std::span<const ByteRange> ranges) const {
    const std::lock_guard lock(mutex_);
    std::vector<const Piece*> found;
    for (const ByteRange& range : ranges) {
      found.push_back(PieceWith(range));
      if (found.back() == nullptr) return std::nullopt;
    }
    std::vector<std::string> pieces;
    for (size_t i = 0; i < ranges.size(); ++i)
      pieces.push_back(
          found[i]->bytes.substr(ranges[i].offset - found[i]->range.offset, ranges[i].size));
    return pieces;
  }

  bool Has(ByteRange range) const {
    const std::lock_guard lock(mutex_);
    return PieceWith(range) != nullptr;
  }

 private:
  const Piece* PieceWith(ByteRange range) const {
    for (const std::vector<Piece>& hold : holds_) {
      for (const Piece& piece : hold) {
        if (piece.range.offset <= range.offset && range.end() <= piece.range.end()) return &piece;
      }
    }
    return nullptr;
  }

  mutable std::mutex mutex_;
  Holds holds_;  // guarded by mutex_
};

}  // namespace vivace
