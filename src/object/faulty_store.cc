#include "object/faulty_store.h"

namespace vivace {
namespace {

class FaultyWriter : public ObjectWriter {
 public:
  FaultyWriter(const FaultPlan<FaultyStore::Kind>& plan, std::string key,
               std::unique_ptr<ObjectWriter> inner)
      : plan_(plan), key_(std::move(key)), inner_(std::move(inner)) {}

  Status Append(std::string_view bytes) override {
    VIVACE_TRY(plan_.MaybeFail(FaultyStore::Kind::kWrite, key_));
    return inner_->Append(bytes);
  }
  Status Close() override {
    VIVACE_TRY(plan_.MaybeFail(FaultyStore::Kind::kWrite, key_));
    return inner_->Close();
  }

 private:
  const FaultPlan<FaultyStore::Kind>& plan_;
  const std::string key_;
  std::unique_ptr<ObjectWriter> inner_;
};

}  // namespace

Result<std::string> FaultyStore::Read(const std::string& key) const {
  VIVACE_TRY(plan_.MaybeFail(Kind::kRead, key));
  return inner_.Read(key);
}

Result<std::string> FaultyStore::ReadRange(const std::string& key, uint64_t offset,
                                           uint64_t size) const {
  VIVACE_TRY(plan_.MaybeFail(Kind::kRead, key));
  return inner_.ReadRange(key, offset, size);
}

Result<uint64_t> FaultyStore::Size(const std::string& key) const {
  VIVACE_TRY(plan_.MaybeFail(Kind::kRead, key));
  return inner_.Size(key);
}

Status FaultyStore::Write(const std::string& key, std::string_view bytes) {
  VIVACE_TRY(plan_.MaybeFail(Kind::kWrite, key));
  return inner_.Write(key, bytes);
}

Result<std::unique_ptr<ObjectWriter>> FaultyStore::Create(const std::string& key) {
  VIVACE_TRY(plan_.MaybeFail(Kind::kWrite, key));
  VIVACE_ASSIGN(std::unique_ptr<ObjectWriter> writer, inner_.Create(key));
  return std::make_unique<FaultyWriter>(plan_, key, std::move(writer));
}

Result<std::vector<std::string>> FaultyStore::List(const std::string& prefix) const {
  VIVACE_TRY(plan_.MaybeFail(Kind::kList, prefix));
  return inner_.List(prefix);
}

Status FaultyStore::Delete(const std::string& key) {
  VIVACE_TRY(plan_.MaybeFail(Kind::kDelete, key));
  return inner_.Delete(key);
}

Status FaultyStore::DeleteAll(const std::string& prefix) {
  VIVACE_TRY(plan_.MaybeFail(Kind::kDelete, prefix));
  return inner_.DeleteAll(prefix);
}

Status FaultyStore::Rename(const std::string& from, const std::string& to) {
  VIVACE_TRY(plan_.MaybeFail(Kind::kRename, from));
  return inner_.Rename(from, to);
}

}  // namespace vivace
