#include "base/faulty_file_system.h"

#include <utility>

namespace vivace {
namespace {

using Kind = FaultyFileSystem::Kind;

class FaultyFile final : public File {
 public:
  FaultyFile(const FaultPlan<Kind>& plan, std::string path, std::unique_ptr<File> inner)
      : plan_(plan), path_(std::move(path)), inner_(std::move(inner)) {}

  Status Append(std::span<const std::string_view> pieces) override {
    const Status status = plan_.MaybeFail(Kind::kAppend, path_);
    if (status) return inner_->Append(pieces);
    AppendHalf(pieces);
    return status;
  }
  bool is_direct() const override { return inner_->is_direct(); }
  Result<size_t> ReadAt(uint64_t offset, std::span<char> out) const override {
    VIVACE_TRY(plan_.MaybeFail(Kind::kRead, path_));
    return inner_->ReadAt(offset, out);
  }
  Result<FileInfo> Info() const override { return inner_->Info(); }
  Status Truncate(uint64_t size) override {
    VIVACE_TRY(plan_.MaybeFail(Kind::kTruncate, path_));
    return inner_->Truncate(size);
  }
  Status Sync() override {
    VIVACE_TRY(plan_.MaybeFail(Kind::kSync, path_));
    return inner_->Sync();
  }
  void WriteBack(uint64_t begin, uint64_t end) override { inner_->WriteBack(begin, end); }

 private:
  void AppendHalf(std::span<const std::string_view> pieces) {
    std::string all;
    for (const std::string_view piece : pieces) all += piece;
    if (!inner_->is_direct()) (void)inner_->Append(std::string_view(all).substr(0, all.size() / 2));
  }

  const FaultPlan<Kind>& plan_;
  const std::string path_;
  const std::unique_ptr<File> inner_;
};

}  // namespace

Result<std::unique_ptr<File>> FaultyFileSystem::Open(const std::string& path, OpenMode mode) {
  VIVACE_TRY(plan_.MaybeFail(Kind::kOpen, path));
  VIVACE_ASSIGN(std::unique_ptr<File> file, inner_.Open(path, mode));
  return std::make_unique<FaultyFile>(plan_, path, std::move(file));
}

Result<MappedFile> FaultyFileSystem::Map(const std::string& path) {
  VIVACE_TRY(plan_.MaybeFail(Kind::kRead, path));
  return inner_.Map(path);
}

Result<FileInfo> FaultyFileSystem::Info(const std::string& path) {
  VIVACE_TRY(plan_.MaybeFail(Kind::kRead, path));
  return inner_.Info(path);
}

Status FaultyFileSystem::Rename(const std::string& from, const std::string& to) {
  VIVACE_TRY(plan_.MaybeFail(Kind::kRename, from));
  return inner_.Rename(from, to);
}

Status FaultyFileSystem::Remove(const std::string& path) {
  VIVACE_TRY(plan_.MaybeFail(Kind::kRemove, path));
  return inner_.Remove(path);
}

Status FaultyFileSystem::RemoveDirectory(const std::string& path) {
  VIVACE_TRY(plan_.MaybeFail(Kind::kRemove, path));
  return inner_.RemoveDirectory(path);
}

Status FaultyFileSystem::MakePrivate(const std::string& path) {
  VIVACE_TRY(plan_.MaybeFail(Kind::kDirectory, path));
  return inner_.MakePrivate(path);
}

Status FaultyFileSystem::MakeDirectory(const std::string& path) {
  VIVACE_TRY(plan_.MaybeFail(Kind::kDirectory, path));
  return inner_.MakeDirectory(path);
}

Result<std::vector<std::string>> FaultyFileSystem::List(const std::string& path) {
  VIVACE_TRY(plan_.MaybeFail(Kind::kRead, path));
  return inner_.List(path);
}

Status FaultyFileSystem::SyncDirectory(const std::string& path) {
  VIVACE_TRY(plan_.MaybeFail(Kind::kSync, path));
  return inner_.SyncDirectory(path);
}

Result<std::unique_ptr<FileLock>> FaultyFileSystem::Lock(const std::string& path) {
  VIVACE_TRY(plan_.MaybeFail(Kind::kLock, path));
  return inner_.Lock(path);
}

}  // namespace vivace
