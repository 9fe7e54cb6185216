#include "object/slow_store.h"

#include <algorithm>
#include <thread>

namespace vivace {
namespace {

SlowStore::Options WithDefaults(SlowStore::Options options) {
  options.requests_max = std::max<size_t>(options.requests_max, 1);
  if (!options.now) options.now = [] { return std::chrono::steady_clock::now(); };
  if (!options.sleep_until)
    options.sleep_until = [](SlowStore::Time until) { std::this_thread::sleep_until(until); };
  return options;
}

uint64_t TotalSize(const std::vector<std::string>& pieces) {
  uint64_t bytes = 0;
  for (const std::string& piece : pieces) bytes += piece.size();
  return bytes;
}

}  // namespace

class SlowStore::Writer final : public ObjectWriter {
 public:
  Writer(const SlowStore& store, std::string key, std::unique_ptr<ObjectWriter> inner)
      : store_(store), key_(std::move(key)), inner_(std::move(inner)) {}

  Status Append(std::string_view bytes) override {
    size_ += bytes.size();
    return inner_->Append(bytes);
  }
  Status Close() override {
    store_.Wait(Kind::kWrite, key_);
    store_.CountBytes(Kind::kWrite, key_, size_);
    return inner_->Close();
  }

 private:
  const SlowStore& store_;
  const std::string key_;
  std::unique_ptr<ObjectWriter> inner_;
  uint64_t size_ = 0;
};

SlowStore::SlowStore(ObjectStore& inner) : SlowStore(inner, Options()) {}

SlowStore::SlowStore(ObjectStore& inner, Options options)
    : inner_(inner), options_(WithDefaults(std::move(options))), ends_(options_.requests_max) {}

SlowStore::Count SlowStore::CountOf(Kind kind, std::string_view part) const {
  const std::lock_guard lock(mutex_);
  Count sum;
  for (const auto& [what, count] : counts_) {
    if (what.first != kind || !what.second.contains(part)) continue;
    sum.requests += count.requests;
    sum.bytes += count.bytes;
  }
  return sum;
}

size_t SlowStore::most_under_way() const {
  const std::lock_guard lock(mutex_);
  return most_under_way_;
}

void SlowStore::Reset() {
  const std::lock_guard lock(mutex_);
  counts_.clear();
  most_under_way_ = 0;
}

SlowStore::Time SlowStore::Reserve(size_t requests, Time now) const {
  Time last = now;
  for (size_t i = 0; i < requests; ++i) {
    std::ranges::pop_heap(ends_, std::greater());
    ends_.back() = std::max(ends_.back(), now) + options_.latency;
    last = std::max(last, ends_.back());
    std::ranges::push_heap(ends_, std::greater());
  }
  const auto under_way = std::ranges::count_if(ends_, [&](Time end) { return end > now; });
  most_under_way_ = std::max(most_under_way_, static_cast<size_t>(under_way));
  return last;
}

void SlowStore::Wait(Kind kind, const std::string& key, size_t requests) const {
  Time end;
  {
    const std::lock_guard lock(mutex_);
    counts_[{kind, key}].requests += requests;
    end = Reserve(requests, options_.now());
  }
  options_.sleep_until(end);
}

void SlowStore::CountBytes(Kind kind, const std::string& key, uint64_t bytes) const {
  const std::lock_guard lock(mutex_);
  counts_[{kind, key}].bytes += bytes;
}

Result<std::string> SlowStore::Read(const std::string& key) const {
  Wait(Kind::kRead, key);
  VIVACE_ASSIGN(std::string bytes, inner_.Read(key));
  CountBytes(Kind::kRead, key, bytes.size());
  return bytes;
}

Result<std::string> SlowStore::ReadRange(const std::string& key, uint64_t offset,
                                         uint64_t size) const {
  Wait(Kind::kRead, key);
  VIVACE_ASSIGN(std::string bytes, inner_.ReadRange(key, offset, size));
  CountBytes(Kind::kRead, key, bytes.size());
  return bytes;
}

Result<std::vector<std::string>> SlowStore::ReadRanges(const std::string& key,
                                                       std::span<const ByteRange> ranges) const {
  if (!ranges.empty()) Wait(Kind::kRead, key, ranges.size());
  VIVACE_ASSIGN(std::vector<std::string> pieces, inner_.ReadRanges(key, ranges));
  CountBytes(Kind::kRead, key, TotalSize(pieces));
  return pieces;
}

Result<uint64_t> SlowStore::Size(const std::string& key) const {
  Wait(Kind::kSize, key);
  return inner_.Size(key);
}

Result<ObjectPart> SlowStore::ReadEnd(const std::string& key, ObjectEnd end,
                                      uint64_t size_max) const {
  Wait(Kind::kRead, key);
  VIVACE_ASSIGN(ObjectPart part, inner_.ReadEnd(key, end, size_max));
  CountBytes(Kind::kRead, key, part.bytes.size());
  return part;
}

Status SlowStore::Write(const std::string& key, std::string_view bytes) {
  Wait(Kind::kWrite, key);
  CountBytes(Kind::kWrite, key, bytes.size());
  return inner_.Write(key, bytes);
}

Result<std::unique_ptr<ObjectWriter>> SlowStore::Create(const std::string& key) {
  VIVACE_ASSIGN(std::unique_ptr<ObjectWriter> writer, inner_.Create(key));
  return std::make_unique<Writer>(*this, key, std::move(writer));
}

Result<std::vector<std::string>> SlowStore::List(const std::string& prefix) const {
  Wait(Kind::kList, prefix);
  return inner_.List(prefix);
}

Status SlowStore::Delete(const std::string& key) {
  Wait(Kind::kDelete, key);
  return inner_.Delete(key);
}

Status SlowStore::DeleteAll(const std::string& prefix) {
  Wait(Kind::kDelete, prefix);
  return inner_.DeleteAll(prefix);
}

Status SlowStore::Rename(const std::string& from, const std::string& to) {
  Wait(Kind::kRename, from);
  return inner_.Rename(from, to);
}

}  // namespace vivace
