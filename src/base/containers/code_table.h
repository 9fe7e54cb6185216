// CodeTable: maps the hash of an entry to its code (its index in somebody's array): the index of
// every dictionary.
//
// The table stores no keys: the owner keeps the entries, decides whether a candidate code is the
// one looked for, and appends the entry when it is not there. 8 bytes per slot (32 bits of hash, 32
// of code), open addressing, at most 3/4 full. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace vivace {

class CodeTable {
 public:
  CodeTable() : slots_(kInitialSlots, kEmpty) {}

  // The code for which `equals(code)` holds among those inserted with `hash`, else the code that
  // `append()` returns, now inserted.
  template <typename Equals, typename Append>
  uint32_t FindOrAppend(uint64_t hash, Equals&& equals, Append&& append) {
    const uint32_t tag = Tag(hash);
    for (size_t at = hash & Mask();; at = (at + 1) & Mask()) {
      if (slots_[at] == kEmpty) {
        const uint32_t code = append();
        Insert(hash, at, code);
        return code;
      }
      if (static_cast<uint32_t>(slots_[at] >> 32) == tag &&
          equals(static_cast<uint32_t>(slots_[at]))) {
        return static_cast<uint32_t>(slots_[at]);
      }
    }
  }

  // The code for which `equals(code)` holds, or kNone.
  template <typename Equals>
  uint32_t Find(uint64_t hash, Equals&& equals) const {
    const uint32_t tag = Tag(hash);
    for (size_t at = hash & Mask(); slots_[at] != kEmpty; at = (at + 1) & Mask()) {
      if (static_cast<uint32_t>(slots_[at] >> 32) == tag &&
          equals(static_cast<uint32_t>(slots_[at]))) {
        return static_cast<uint32_t>(slots_[at]);
      }
    }
    return kNone;
  }

  // Asks for the memory that a lookup with `hash` will touch.
  void Prefetch(uint64_t hash) const { __builtin_prefetch(&slots_[hash & Mask()]); }

  // A table that was nearly empty becomes half as large: clearing costs its size, also where one
  // large batch was followed by small ones.
  void Clear() {
    if (slots_.size() > kKeptSlots) {
      slots_.resize(kKeptSlots);
    } else if (slots_.size() > kInitialSlots && size_ < slots_.size() / 8) {
      slots_.resize(slots_.size() / 2);
    }
    slots_.assign(slots_.size(), kEmpty);
    size_ = 0;
  }

  size_t size() const { return size_; }
  size_t memory_bytes() const { return slots_.capacity() * sizeof(uint64_t); }

  static constexpr uint32_t kNone = 0xffffffff;

 private:
  static constexpr uint64_t kEmpty = ~uint64_t{0};
  static constexpr size_t kInitialSlots = 16;
  static constexpr size_t kKeptSlots = 4096;

  // The tag keeps the hash bits that place an entry, so that growing needs no rehash of the owner's
  // entries: a table of up to 2^32 slots is placed by the low 32 bits.
  static uint32_t Tag(uint64_t hash) { return static_cast<uint32_t>(hash); }
  size_t Mask() const { return slots_.size() - 1; }

  void Insert(uint64_t hash, size_t at, uint32_t code) {
    slots_[at] = (uint64_t{Tag(hash)} << 32) | code;
    if (++size_ * 4 > slots_.size() * 3) Grow();
  }

  void Grow() {
    std::vector<uint64_t> old(slots_.size() * 2, kEmpty);
    old.swap(slots_);
    for (const uint64_t slot : old) {
      if (slot == kEmpty) continue;
      size_t at = (slot >> 32) & Mask();
      while (slots_[at] != kEmpty) at = (at + 1) & Mask();
      slots_[at] = slot;
    }
  }

  std::vector<uint64_t> slots_;
  size_t size_ = 0;
};

}  // namespace vivace
