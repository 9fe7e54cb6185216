// What every file system must do, run against each of them; and what is particular to one.
#include "base/file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "base/faulty_file_system.h"
#include "base/memory_file_system.h"
#include "base/posix_file_system.h"

namespace vivace {
namespace {

using ::testing::UnorderedElementsAre;

std::string TextOf(FileSystem& files, const std::string& path) {
  const auto mapped = files.Map(path);
  return mapped ? std::string(mapped->bytes) : mapped.error().message;
}

Status WriteText(FileSystem& files, const std::string& path, std::string_view text) {
  VIVACE_ASSIGN(const std::unique_ptr<File> file, files.Open(path, OpenMode::kCreate));
  VIVACE_TRY(file->Append(text));
  return file->Sync();
}

class FileSystemTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (!GetParam()) {
      files_ = std::make_unique<MemoryFileSystem>();
      root_ = "/root";
      ASSERT_TRUE(files_->MakeDirectory(root_));
      return;
    }
    files_ = std::make_unique<PosixFileSystem>();
    root_ = std::filesystem::temp_directory_path() / "vivace-files-XXXXXX";
    ASSERT_NE(mkdtemp(root_.data()), nullptr);
  }
  void TearDown() override {
    if (GetParam()) std::filesystem::remove_all(root_);
  }
  std::string Path(std::string_view name) const { return root_ + "/" + std::string(name); }
  ErrorCode OpenError(std::string_view name, OpenMode mode) {
    return files_->Open(Path(name), mode).error().code;
  }

  std::unique_ptr<FileSystem> files_;
  std::string root_;
};

INSTANTIATE_TEST_SUITE_P(All, FileSystemTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Posix" : "Memory"; });

TEST_P(FileSystemTest, AppendsReadsAndTruncates) {
  const auto file = files_->Open(Path("f"), OpenMode::kCreate).value();
  const std::string_view pieces[] = {"one ", "", "two ", "three"};
  ASSERT_TRUE(file->Append(pieces));
  EXPECT_EQ(TextOf(*files_, Path("f")), "one two three");
  ASSERT_TRUE(file->Truncate(7));
  ASSERT_TRUE(file->Append("!"));
  ASSERT_TRUE(file->Sync());
  file->WriteBack(0, 8);
  EXPECT_EQ(file->Info()->size, 8u);

  const auto reader = files_->Open(Path("f"), OpenMode::kRead).value();
  std::string out(20, '.');
  EXPECT_EQ(reader->ReadAt(4, out).value(), 4u);
  EXPECT_EQ(out.substr(0, 5), "two!.");
  EXPECT_EQ(reader->ReadAt(100, out).value(), 0u);
}

TEST_P(FileSystemTest, ManyPiecesInOneAppend) {
  const std::vector<std::string_view> pieces(5000, "xy");
  ASSERT_TRUE(files_->Open(Path("f"), OpenMode::kCreate).value()->Append(pieces));
  EXPECT_EQ(files_->Info(Path("f"))->size, 10'000u);
}

TEST_P(FileSystemTest, OpenModes) {
  EXPECT_EQ(OpenError("f", OpenMode::kRead), ErrorCode::kNotFound);
  EXPECT_EQ(OpenError("f", OpenMode::kAppend), ErrorCode::kNotFound);
  EXPECT_EQ(OpenError("none/f", OpenMode::kAppendOrCreate), ErrorCode::kNotFound);
  ASSERT_TRUE(files_->Open(Path("f"), OpenMode::kAppendOrCreate).value()->Append("a"));
  EXPECT_EQ(OpenError("f", OpenMode::kCreate), ErrorCode::kAlreadyExists);
  EXPECT_EQ(OpenError("f", OpenMode::kCreateDirect), ErrorCode::kAlreadyExists);
  ASSERT_TRUE(files_->Open(Path("f"), OpenMode::kAppend).value()->Append("b"));
  ASSERT_TRUE(files_->Open(Path("f"), OpenMode::kAppendOrCreate).value()->Append("c"));
  EXPECT_EQ(TextOf(*files_, Path("f")), "abc");
}

TEST_P(FileSystemTest, RenamesOverAndRemoves) {
  ASSERT_TRUE(WriteText(*files_, Path("a"), "new"));
  ASSERT_TRUE(WriteText(*files_, Path("b"), "old"));
  ASSERT_TRUE(files_->Rename(Path("a"), Path("b")));
  EXPECT_EQ(TextOf(*files_, Path("b")), "new");
  EXPECT_EQ(files_->Info(Path("a")).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(files_->Rename(Path("a"), Path("c")).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(files_->Remove(Path("b")));
  EXPECT_EQ(files_->Remove(Path("b")).error().code, ErrorCode::kNotFound);
}

TEST_P(FileSystemTest, DirectoriesAreMadeListedAndRemoved) {
  ASSERT_TRUE(MakeDirectories(*files_, Path("a/b/c")));
  ASSERT_TRUE(MakeDirectories(*files_, Path("a/b/c")));
  ASSERT_TRUE(WriteText(*files_, Path("a/f"), "x"));
  EXPECT_THAT(files_->List(Path("a")).value(), UnorderedElementsAre("b", "f"));
  EXPECT_TRUE(files_->Info(Path("a"))->is_directory);
  EXPECT_TRUE(files_->Info(Path("a/f"))->is_file);
  EXPECT_EQ(files_->MakeDirectory(Path("a/f")).error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(files_->MakeDirectory(Path("none/x")).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(files_->List(Path("none")).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(files_->List(Path("a/f")).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(files_->Remove(Path("a/b/c")).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(files_->RemoveDirectory(Path("a")).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(files_->RemoveDirectory(Path("a/f")).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(files_->SyncDirectory(Path("a")));
  ASSERT_TRUE(RemoveAll(*files_, Path("a")));
  ASSERT_TRUE(RemoveAll(*files_, Path("a")));
  EXPECT_EQ(files_->Info(Path("a")).error().code, ErrorCode::kNotFound);
}

TEST_P(FileSystemTest, ALockIsHeldOnce) {
  auto held = files_->Lock(Path("LOCK"));
  ASSERT_TRUE(held.has_value());
  EXPECT_EQ(files_->Lock(Path("LOCK")).error().code, ErrorCode::kFailedPrecondition);
  held->reset();
  EXPECT_TRUE(files_->Lock(Path("LOCK")).has_value());
}

TEST(PosixFileSystem, IsPrivateAndLeavesTheTargetsOfLinks) {
  PosixFileSystem files;
  std::string root = std::filesystem::temp_directory_path() / "vivace-files-XXXXXX";
  ASSERT_NE(mkdtemp(root.data()), nullptr);
  std::filesystem::create_directory(root + "/kept");
  ASSERT_TRUE(files.MakePrivate(root + "/kept"));
  ASSERT_TRUE(WriteText(files, root + "/kept/f", "x"));
  struct stat status;
  ASSERT_EQ(stat((root + "/kept").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  ASSERT_EQ(stat((root + "/kept/f").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);

  ASSERT_TRUE(files.MakeDirectory(root + "/gone"));
  std::filesystem::create_directory_symlink(root + "/kept", root + "/gone/link");
  ASSERT_TRUE(RemoveAll(files, root + "/gone"));
  EXPECT_EQ(TextOf(files, root + "/kept/f"), "x");
  std::filesystem::remove_all(root);
}

TEST(MemoryFileSystem, ACrashLeavesWhatWasSynced) {
  MemoryFileSystem files;
  ASSERT_TRUE(MakeDirectories(files, "/a/b"));
  ASSERT_TRUE(WriteText(files, "/a/b/durable", "12"));
  ASSERT_TRUE(files.Open("/a/b/durable", OpenMode::kAppend).value()->Append("34"));
  ASSERT_TRUE(files.SyncDirectory("/a/b"));
  ASSERT_TRUE(WriteText(files, "/a/b/no-entry", "x"));
  ASSERT_TRUE(files.MakeDirectory("/c"));
  ASSERT_TRUE(WriteText(files, "/c/f", "x"));
  ASSERT_TRUE(files.SyncDirectory("/c"));
  const auto lock = files.Lock("/LOCK");
  files.Crash();
  EXPECT_EQ(TextOf(files, "/a/b/durable"), "12");
  EXPECT_THAT(files.List("/a/b").value(), UnorderedElementsAre("durable"));
  EXPECT_EQ(files.Info("/c/f").error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(files.Lock("/LOCK").has_value());

  ASSERT_TRUE(files.Rename("/a/b/durable", "/a/b/renamed"));
  files.Crash();
  EXPECT_THAT(files.List("/a/b").value(), UnorderedElementsAre("durable"));
}

TEST(FaultyFileSystem, DirectoriesThatAreMadeAreDurable) {
  const Error broken{ErrorCode::kInternal, "Input/output error"};
  for (uint64_t n = 0;; ++n) {
    MemoryFileSystem memory;
    FaultyFileSystem files(memory);
    files.plan().FailAt(n, broken);
    const bool made = MakeDirectories(files, "/a/b").has_value();
    files.plan().ClearFaults();
    ASSERT_TRUE(MakeDirectories(files, "/a/b")) << n;
    memory.Crash();
    EXPECT_TRUE(memory.Info("/a/b").has_value()) << n;
    if (made) break;
    ASSERT_LT(n, 20u);
  }
}

TEST(FaultyFileSystem, FailsTheChosenOperations) {
  MemoryFileSystem memory;
  FaultyFileSystem files(memory);
  const Error full{ErrorCode::kUnavailable, "disk full"};
  const auto file = files.Open("/f", OpenMode::kCreate).value();
  files.plan().FailAll(FaultyFileSystem::Kind::kAppend, full, "/f");
  EXPECT_EQ(file->Append("abcd").error().message, "disk full");
  EXPECT_EQ(TextOf(files, "/f"), "ab");  // torn
  EXPECT_TRUE(WriteText(files, "/other", "x"));
  files.plan().ClearFaults();
  files.plan().FailAt(1, full);
  EXPECT_TRUE(file->Truncate(0));
  EXPECT_FALSE(file->Sync());
  EXPECT_TRUE(file->Sync());
}

}  // namespace
}  // namespace vivace
