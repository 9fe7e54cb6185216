// What every store must do, run against each of them; and what is particular to one.
#include "object/object_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "base/faulty_file_system.h"
#include "base/memory_file_system.h"
#include "base/posix_file_system.h"
#include "object/faulty_store.h"
#include "object/local_store.h"
#include "object/memory_store.h"
#include "object/object_key.h"
#include "object/retrying_store.h"

namespace vivace {
namespace {

namespace fs = std::filesystem;

class ObjectStoreTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / "vivace-store-XXXXXX";
    ASSERT_NE(::mkdtemp(root_.data()), nullptr);
    if (GetParam()) {
      store_ = LocalStore::Open(files_, root_ + "/a/b").value();
    } else {
      store_ = std::make_unique<MemoryStore>();
    }
  }
  void TearDown() override { fs::remove_all(root_); }

  std::string root_;
  PosixFileSystem files_;
  std::unique_ptr<ObjectStore> store_;
};

INSTANTIATE_TEST_SUITE_P(All, ObjectStoreTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "Local" : "Memory"; });

TEST_P(ObjectStoreTest, ReadsWhatWasWritten) {
  ASSERT_TRUE(store_->Write("t/b/data", "0123456789").has_value());
  EXPECT_EQ(store_->Read("t/b/data").value(), "0123456789");
  EXPECT_EQ(store_->ReadRange("t/b/data", 3, 4).value(), "3456");
  EXPECT_EQ(store_->ReadRange("t/b/data", 10, 0).value(), "");
  EXPECT_EQ(store_->ReadRanges("t/b/data", std::vector<ByteRange>{{8, 2}, {0, 3}}).value(),
            (std::vector<std::string>{"89", "012"}));
  EXPECT_EQ(store_->ReadRanges("t/b/data", {}).value(), std::vector<std::string>());
  EXPECT_EQ(store_->Size("t/b/data").value(), 10u);
  ASSERT_TRUE(store_->Write("t/b/data", "new").has_value());
  EXPECT_EQ(store_->Read("t/b/data").value(), "new");
}

TEST_P(ObjectStoreTest, ErrorsSayWhatIsWrong) {
  ASSERT_TRUE(store_->Write("t/b/data", "0123456789").has_value());
  EXPECT_EQ(store_->Read("t/b/none").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->Read("t/b").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->Read("t/b/data/x").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->Size("t/none/data").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->Delete("t/b/none").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->Rename("t/b/none", "t/b/x").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->ReadRange("t/b/data", 7, 4).error().code, ErrorCode::kOutOfRange);
  EXPECT_EQ(store_->ReadRanges("t/b/data", std::vector<ByteRange>{{0, 1}, {7, 4}}).error().code,
            ErrorCode::kOutOfRange);
  EXPECT_EQ(store_->ReadRange("t/b/data", ~uint64_t{0}, 4).error().code, ErrorCode::kOutOfRange);
  EXPECT_EQ(store_->ReadRange("t/b/data", 4, ~uint64_t{0}).error().code, ErrorCode::kOutOfRange);
}

TEST_P(ObjectStoreTest, NoKeyLeavesTheStore) {
  for (const std::string key :
       {"", "/", "/etc/passwd", "t//x", "t/", "..", "t/../x", ".", "t/./x", "../x"}) {
    EXPECT_EQ(store_->Read(key).error().code, ErrorCode::kInvalidArgument) << key;
    EXPECT_EQ(store_->Write(key, "x").error().code, ErrorCode::kInvalidArgument) << key;
    EXPECT_EQ(store_->DeleteAll(key).error().code, ErrorCode::kInvalidArgument) << key;
    EXPECT_EQ(store_->Rename("t/x", key).error().code, ErrorCode::kInvalidArgument) << key;
  }
  EXPECT_FALSE(CheckKey(std::string("a\0b", 3)).has_value());
}

TEST_P(ObjectStoreTest, AnObjectAppearsAtClose) {
  auto writer = store_->Create("t/b/data").value();
  ASSERT_TRUE(writer->Append("abc").has_value());
  EXPECT_EQ(store_->Size("t/b/data").error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(store_->List("t/b").value().empty());
  ASSERT_TRUE(writer->Append("def").has_value());
  ASSERT_TRUE(writer->Close().has_value());
  EXPECT_EQ(store_->Read("t/b/data").value(), "abcdef");

  store_->Create("t/b/other").value()->Append("lost").value();
  EXPECT_EQ(store_->List("t/b").value(), std::vector<std::string>{"data"});
}

TEST_P(ObjectStoreTest, ListsOneLevelSorted) {
  for (const char* key : {"b/2/x", "b/10/x", "a/1/x", "b/2/y", "b/2/.hidden"})
    ASSERT_TRUE(store_->Write(key, "").has_value());
  EXPECT_EQ(store_->List("").value(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(store_->List("b").value(), (std::vector<std::string>{"10", "2"}));
  EXPECT_EQ(store_->List("b/2").value(), (std::vector<std::string>{".hidden", "x", "y"}));
  EXPECT_TRUE(store_->List("none").value().empty());
}

// Tenants may be called nearly anything; only what is being written is hidden.
TEST_P(ObjectStoreTest, ListsNamesOfEveryKind) {
  const std::vector<std::string> names = {"!",         "'a'",      ".hidden",  ".x.1.2.tmp",
                                          "..a",       "a b",      "data.tmp", "(1)",
                                          "meta.json", "\xc3\xa4", "...",      "~"};
  for (const std::string& name : names)
    ASSERT_TRUE(store_->Write(name + "/" + name + "/object", "x").has_value()) << name;
  const auto open = store_->Create("!/object");
  ASSERT_TRUE((*open)->Append("unfinished").has_value());
  std::vector<std::string> sorted = names;
  std::ranges::sort(sorted);
  EXPECT_EQ(store_->List("").value(), sorted);
  for (const std::string& name : names)
    EXPECT_EQ(store_->List(name).value(), std::vector<std::string>{name});
}

TEST_P(ObjectStoreTest, DeletesAndRenames) {
  for (const char* key : {"t/b/meta.json", "t/b/data", "t/c/meta.json"})
    ASSERT_TRUE(store_->Write(key, key).has_value());
  ASSERT_TRUE(store_->Rename("t/b/meta.json", "t/b/meta.compacted.json").has_value());
  EXPECT_EQ(store_->Read("t/b/meta.compacted.json").value(), "t/b/meta.json");
  ASSERT_TRUE(store_->Delete("t/b/data").has_value());
  ASSERT_TRUE(store_->DeleteAll("t/b").has_value());
  ASSERT_TRUE(store_->DeleteAll("t/none").has_value());
  EXPECT_EQ(store_->List("t").value(), std::vector<std::string>{"c"});
}

TEST(LocalStore, MakesPrivateDirectories) {
  std::string root = fs::temp_directory_path() / "vivace-store-XXXXXX";
  ASSERT_NE(::mkdtemp(root.data()), nullptr);
  PosixFileSystem files;
  const auto store = LocalStore::Open(files, root + "/new").value();
  ASSERT_TRUE(store->Write("t/b/data", "x").has_value());
  struct stat info;
  ASSERT_EQ(::stat((root + "/new/t/b").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  std::ofstream(root + "/file") << "x";
  EXPECT_FALSE(LocalStore::Open(files, root + "/file").has_value());
  fs::remove_all(root);
}

// Whichever operation of the disk fails: what was not acknowledged is not there, what was survives
// a power cut.
TEST(LocalStore, IsDurableAndWholeWhateverFails) {
  const Error full{ErrorCode::kUnavailable, "disk full"};
  for (uint64_t n = 0;; ++n) {
    MemoryFileSystem memory;
    FaultyFileSystem files(memory);
    const auto store = LocalStore::Open(files, "/store").value();
    ASSERT_TRUE(store->Write("t/b/data", "old").has_value());
    const uint64_t before = files.plan().operations();
    files.plan().FailAt(n, full);
    const bool written = store->Write("t/c/data", "new").has_value();
    if (written && files.plan().operations() - before <= n)
      break;  // all operations have had their turn
    memory.Crash();
    const auto after = LocalStore::Open(memory, "/store").value();
    EXPECT_EQ(after->Read("t/b/data").value(), "old") << n;
    const Result<std::string> found = after->Read("t/c/data");
    EXPECT_TRUE(found.has_value() || !written) << n;
    EXPECT_EQ(found.value_or("new"), "new") << n;
    ASSERT_LT(n, 100u);
  }
}

TEST(FaultyStore, FailsTheChosenOperations) {
  MemoryStore memory;
  FaultyStore store(memory);
  const Error full{ErrorCode::kUnavailable, "disk full"};
  store.plan().FailAt(1, full);
  EXPECT_TRUE(store.Write("a", "1").has_value());
  EXPECT_EQ(store.Read("a").error().message, "disk full");
  EXPECT_EQ(store.Read("a").value(), "1");

  store.plan().FailAll(FaultyStore::Kind::kWrite, full);
  EXPECT_FALSE(store.Write("a", "2").has_value());
  EXPECT_EQ(store.Read("a").value(), "1");
  store.plan().ClearFaults();
  auto writer = store.Create("b").value();
  store.plan().FailAt(1, full);
  EXPECT_TRUE(writer->Append("x").has_value());
  EXPECT_FALSE(writer->Close().has_value());
  EXPECT_EQ(store.Size("b").error().code, ErrorCode::kNotFound);
}

using OutcomeList = std::vector<std::optional<ErrorCode>>;

// A store whose reads fail a number of times.
class RetryingStoreTest : public testing::Test {
 protected:
  RetryingStoreTest() { memory_.Write("t/b/data", "0123456789").value(); }

  // What each kind of read ends with where the first `failures` attempts of the store fail.
  OutcomeList Outcomes(int failures, ErrorCode code) {
    OutcomeList outcomes;
    const auto add = [&](const auto& read) {
      pauses_.clear();
      left_ = failures;
      faulty_.plan().ClearFaults();
      if (failures > 0) FailAll(code);
      const auto result = read();
      outcomes.push_back(result ? std::nullopt : std::optional(result.error().code));
    };
    const ByteRange range{1, 2};
    add([&] { return store_.Read("t/b/data"); });
    add([&] { return store_.ReadRange("t/b/data", 1, 2); });
    add([&] { return store_.ReadRanges("t/b/data", {&range, 1}); });
    add([&] { return store_.Size("t/b/data"); });
    add([&] { return store_.List("t"); });
    return outcomes;
  }

  void FailAll(ErrorCode code) {
    for (const auto kind : {FaultyStore::Kind::kRead, FaultyStore::Kind::kList})
      faulty_.plan().FailAll(kind, {code, "Too many open files"});
  }

  MemoryStore memory_;
  FaultyStore faulty_{memory_};
  int left_ = 0;
  std::vector<std::chrono::milliseconds> pauses_;
  RetryingStore store_{faulty_, [this](std::chrono::milliseconds pause) {
                         pauses_.push_back(pause);
                         if (--left_ == 0) faulty_.plan().ClearFaults();
                       }};
};

TEST_F(RetryingStoreTest, AFailureThatPassesIsNotSeen) {
  for (const ErrorCode code : {ErrorCode::kUnavailable, ErrorCode::kInternal,
                               ErrorCode::kPermissionDenied, ErrorCode::kDeadlineExceeded}) {
    for (int failures = 0; failures < RetryingStore::kAttempts; ++failures) {
      EXPECT_EQ(Outcomes(failures, code), OutcomeList(5));
      EXPECT_EQ(pauses_.size(), static_cast<size_t>(failures));
    }
  }
}

TEST_F(RetryingStoreTest, OneThatStaysIsUnavailable) {
  EXPECT_EQ(Outcomes(RetryingStore::kAttempts, ErrorCode::kInternal),
            OutcomeList(5, std::optional(ErrorCode::kUnavailable)));
  EXPECT_EQ(pauses_.size(), static_cast<size_t>(RetryingStore::kAttempts - 1));
  EXPECT_LT(pauses_[0], pauses_[1]);
}

TEST_F(RetryingStoreTest, WhatIsCertainIsReturnedAtOnce) {
  for (const ErrorCode code : {ErrorCode::kNotFound, ErrorCode::kInvalidArgument,
                               ErrorCode::kOutOfRange, ErrorCode::kDataLoss}) {
    EXPECT_EQ(Outcomes(1, code), OutcomeList(5, std::optional(code)));
    EXPECT_TRUE(pauses_.empty());
  }
}

}  // namespace
}  // namespace vivace
