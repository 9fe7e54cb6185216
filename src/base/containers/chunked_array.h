// ChunkedArray<T>: a growing array whose elements never move: the columns of a live segment.
//
// One writer appends; readers may read any element below a count that the writer published (with
// release; readers load it with acquire) without a lock. Chunks double in size, from 16 elements
// on; large ones are zero pages straight from the kernel: an element that stays zero costs no
// memory until a neighbour on its 4 KiB page is written, so rarely used columns are nearly free.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <span>
#include <type_traits>
#include <vector>

namespace vivace {

template <typename T>
class ChunkedArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  ChunkedArray() = default;
  ChunkedArray(const ChunkedArray&) = delete;
  ChunkedArray& operator=(const ChunkedArray&) = delete;
  ~ChunkedArray() {
    for (size_t chunk = 0; chunk < kChunks; ++chunk) {
      if (chunks_[chunk] != nullptr) Free(chunk);
    }
  }

  void push_back(const T& value) {
    const Position position = PositionOf(size_);
    if (chunks_[position.chunk] == nullptr) Allocate(position.chunk);
    chunks_[position.chunk][position.offset] = value;
    ++size_;
    ++written_;
  }

  // For columns that are mostly zero: leaves zero pages untouched.
  void push_back_sparse(const T& value) {
    if (value != T{}) {
      all_zero_ = false;
      push_back(value);
      return;
    }
    if (const Position position = PositionOf(size_); chunks_[position.chunk] == nullptr)
      Allocate(position.chunk);
    ++size_;
  }

  // Appends all of `values`.
  void append(std::span<const T> values) {
    AppendRuns(values.size(), [&](T* to, size_t done, size_t count) {
      std::memcpy(to, values.data() + done, count * sizeof(T));
      written_ += count;
    });
  }
  // The same for columns that are mostly zero.
  void append_sparse(std::span<const T> values) {
    AppendRuns(values.size(), [&](T* to, size_t done, size_t count) {
      const std::span<const T> run = values.subspan(done, count);
      if (std::all_of(run.begin(), run.end(), [](const T& value) { return value == T{}; })) return;
      all_zero_ = false;
      std::memcpy(to, run.data(), count * sizeof(T));
      written_ += count;
    });
  }
  // Appends `map(value)` of each of `values`.
  template <typename Value, typename Map>
  void append_mapped(std::span<const Value> values, Map&& map) {
    AppendRuns(values.size(), [&](T* to, size_t done, size_t count) {
      for (size_t i = 0; i < count; ++i) to[i] = map(values[done + i]);
      written_ += count;
    });
  }

  const T& operator[](size_t index) const {
    const Position position = PositionOf(index);
    return chunks_[position.chunk][position.offset];
  }
  T& operator[](size_t index) {
    const Position position = PositionOf(index);
    return chunks_[position.chunk][position.offset];
  }

  // Calls `visit(std::span<const T>)` for the contiguous runs of [begin, end).
  template <typename Visit>
  void ForEachRun(size_t begin, size_t end, Visit&& visit) const {
    while (begin < end) {
      const Position position = PositionOf(begin);
      const size_t count = std::min(end - begin, ChunkSize(position.chunk) - position.offset);
      visit(std::span<const T>(chunks_[position.chunk] + position.offset, count));
      begin += count;
    }
  }

  // [begin, end) in one piece: as it lies here, or copied to `scratch` where it crosses chunks.
  std::span<const T> View(size_t begin, size_t end, std::vector<T>& scratch) const {
    if (begin == end) return {};
    const Position first = PositionOf(begin);
    if (first.offset + (end - begin) <= ChunkSize(first.chunk))
      return {chunks_[first.chunk] + first.offset, end - begin};
    scratch.clear();
    ForEachRun(begin, end, [&](std::span<const T> run) {
      scratch.insert(scratch.end(), run.begin(), run.end());
    });
    return scratch;
  }

  // Whether nothing but zeros has come by push_back_sparse and append_sparse. Only for the writer
  // and once there is none.
  bool all_zero() const { return all_zero_; }

  // Only for the writer; readers use the published count.
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // What its elements take; those that stayed zero take nothing.
  size_t memory_bytes() const { return written_ * sizeof(T); }
  const T& back() const { return (*this)[size_ - 1]; }

 private:
  struct Position {
    size_t chunk;
    size_t offset;
  };
  static constexpr size_t kFirstBits = 4;  // the first chunk holds 16 elements
  static constexpr size_t kChunks = 32 - kFirstBits;
  static constexpr size_t kMappedBytes = 32 << 10;  // chunks from here on are pages of their own

  static constexpr size_t ChunkSize(size_t chunk) { return size_t{1} << (kFirstBits + chunk); }
  static constexpr size_t ChunkBytes(size_t chunk) { return ChunkSize(chunk) * sizeof(T); }
  static Position PositionOf(size_t index) {
    const size_t shifted = index + ChunkSize(0);
    const size_t bits = static_cast<size_t>(std::bit_width(shifted)) - 1;
    return {bits - kFirstBits, shifted - (size_t{1} << bits)};
  }

  // Calls `fill(to, done, count)` for the contiguous runs that `total` new elements take; `done` of
  // them lie before the run.
  template <typename Fill>
  void AppendRuns(size_t total, Fill&& fill) {
    for (size_t done = 0; done < total;) {
      const Position position = PositionOf(size_);
      if (chunks_[position.chunk] == nullptr) Allocate(position.chunk);
      const size_t count = std::min(total - done, ChunkSize(position.chunk) - position.offset);
      fill(chunks_[position.chunk] + position.offset, done, count);
      size_ += count;
      done += count;
    }
  }

  void Allocate(size_t chunk) {
    void* memory = nullptr;
    if (ChunkBytes(chunk) < kMappedBytes) {
      memory = std::calloc(ChunkSize(chunk), sizeof(T));
    } else {
      memory = mmap(nullptr, ChunkBytes(chunk), PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (memory == MAP_FAILED) memory = nullptr;
    }
    if (memory == nullptr) throw std::bad_alloc();
    chunks_[chunk] = static_cast<T*>(memory);
  }

  void Free(size_t chunk) {
    if (ChunkBytes(chunk) < kMappedBytes) {
      std::free(chunks_[chunk]);
    } else {
      munmap(chunks_[chunk], ChunkBytes(chunk));
    }
  }

  std::array<T*, kChunks> chunks_{};
  size_t size_ = 0;
  size_t written_ = 0;  // elements that are not zero for sure
  bool all_zero_ = true;
};

}  // namespace vivace
