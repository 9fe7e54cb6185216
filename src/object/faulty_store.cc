#include "object/faulty_store.h"

namespace vivace {
namespace {

class FaultyWriter : public ObjectWriter {
 public:
  FaultyWriter(const FaultyStore& store, std::unique_ptr<ObjectWriter> inner) : store_(store), inner_(std::move(inner)) {}

  Status Append(std::string_view bytes) override {
    VIVACE_TRY(store_.Enter(FaultyStore::Kind::kWrite));
    return inner_->Append(bytes);
  }
  Status Close() override {
    VIVACE_TRY(store_.Enter(FaultyStore::Kind::kWrite));
    return inner_->Close();
  }

 private:
  const FaultyStore& store_;
  std::unique_ptr<ObjectWriter> inner_;
};

}  // namespace

void FaultyStore::FailAt(uint64_t n, Error error) {
  const std::lock_guard lock(mutex_);
  fail_at_ = {operations_ + n, std::move(error)};
}

void FaultyStore::FailAll(Kind kind, Error error) {
  const std::lock_guard lock(mutex_);
  fail_all_[kind] = std::move(error);
}

void FaultyStore::Heal() {
  const std::lock_guard lock(mutex_);
  fail_at_.reset();
  fail_all_.clear();
}

uint64_t FaultyStore::operations() const {
  const std::lock_guard lock(mutex_);
  return operations_;
}

Status FaultyStore::Enter(Kind kind) const {
  const std::lock_guard lock(mutex_);
  const uint64_t number = operations_++;
  if (fail_at_.has_value() && fail_at_->first == number) return std::unexpected(fail_at_->second);
  const auto all = fail_all_.find(kind);
  return all == fail_all_.end() ? Status() : Status(std::unexpected(all->second));
}

Result<std::string> FaultyStore::Read(const std::string& key) const {
  VIVACE_TRY(Enter(Kind::kRead));
  return inner_.Read(key);
}

Result<std::string> FaultyStore::ReadRange(const std::string& key, uint64_t offset, uint64_t size) const {
  VIVACE_TRY(Enter(Kind::kRead));
  return inner_.ReadRange(key, offset, size);
}

Result<uint64_t> FaultyStore::Size(const std::string& key) const {
  VIVACE_TRY(Enter(Kind::kRead));
  return inner_.Size(key);
}

Status FaultyStore::Write(const std::string& key, std::string_view bytes) {
  VIVACE_TRY(Enter(Kind::kWrite));
  return inner_.Write(key, bytes);
}

Result<std::unique_ptr<ObjectWriter>> FaultyStore::Create(const std::string& key) {
  VIVACE_TRY(Enter(Kind::kWrite));
  VIVACE_ASSIGN(std::unique_ptr<ObjectWriter> writer, inner_.Create(key));
  return std::make_unique<FaultyWriter>(*this, std::move(writer));
}

Result<std::vector<std::string>> FaultyStore::List(const std::string& prefix) const {
  VIVACE_TRY(Enter(Kind::kList));
  return inner_.List(prefix);
}

Status FaultyStore::Delete(const std::string& key) {
  VIVACE_TRY(Enter(Kind::kDelete));
  return inner_.Delete(key);
}

Status FaultyStore::DeleteAll(const std::string& prefix) {
  VIVACE_TRY(Enter(Kind::kDelete));
  return inner_.DeleteAll(prefix);
}

Status FaultyStore::Rename(const std::string& from, const std::string& to) {
  VIVACE_TRY(Enter(Kind::kRename));
  return inner_.Rename(from, to);
}

}  // namespace vivace
