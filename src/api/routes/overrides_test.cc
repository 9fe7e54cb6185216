// /api/overrides, over a store that lets another request in between two of a request's steps.
#include <gtest/gtest.h>

#include "api/routes/routes.h"
#include "object/faulty_store.h"
#include "object/memory_store.h"
#include "user_limits/user_limits_store.h"

namespace vivace {
namespace {

// Calls `between` once, after the next reading.
class InterleavingStore final : public FaultyStore {
 public:
  using FaultyStore::FaultyStore;
  Result<std::string> Read(const std::string& key) const override {
    Result<std::string> read = FaultyStore::Read(key);
    if (auto call = std::exchange(between, nullptr)) call();
    return read;
  }
  mutable std::function<void()> between;
};

class OverridesRoute : public testing::Test {
 protected:
  OverridesRoute() {
    AddUserOverridesRoutes({.store = *limits_,
                            .forwarders = {"a", "b"},
                            .merged = [](const std::string&) { return Limits{}; },
                            .runtime = [](const std::string&) { return Limits{}; },
                            .check_conflicts = true},
                           router_);
  }

  HttpResponse Send(const std::string& method, const std::string& body, HttpHeaders headers = {}) {
    HttpResponse response{.status = 0};
    router_.Handle(
        {.method = method, .path = "/api/overrides", .headers = std::move(headers), .body = body},
        [&](HttpResponse answer) { response = std::move(answer); });
    return response;
  }

  MemoryStore memory_;
  InterleavingStore store_{memory_};
  Metrics metrics_;
  std::unique_ptr<UserLimitsStore> limits_ = UserLimitsStore::Start(
      store_, std::chrono::hours(1), [](auto) {}, metrics_);
  Router router_{RouterOptions{}};
};

constexpr const char* kFirst = R"({"forwarders":["a"]})";
constexpr const char* kSecond = R"({"forwarders":["b"]})";

TEST_F(OverridesRoute, OfTwoFirstPatchesOneSucceeds) {
  HttpResponse second;
  store_.between = [&] { second = Send("PATCH", kSecond); };
  const HttpResponse first = Send("PATCH", kFirst);
  EXPECT_EQ(second.status, 200) << second.body;
  EXPECT_EQ(first.status, 500);
  EXPECT_EQ(first.body, "overrides have been modified during request processing, try again\n");
  EXPECT_EQ(Send("GET", "").body, second.body) << "the one that was told so";
}

TEST_F(OverridesRoute, OfTwoLaterPatchesOneSucceeds) {
  ASSERT_EQ(Send("PATCH", kFirst).status, 200);
  HttpResponse second;
  store_.between = [&] { second = Send("PATCH", kSecond); };
  EXPECT_EQ(Send("PATCH", R"({"forwarders":["a","b"]})").status, 500);
  EXPECT_EQ(second.status, 200) << second.body;
  EXPECT_EQ(Send("GET", "").body, second.body);
}

TEST_F(OverridesRoute, WhatCannotBeReadIsNotTakenForAbsent) {
  ASSERT_EQ(Send("PATCH", kFirst).status, 200);
  store_.plan().FailAll(FaultyStore::Kind::kRead, {ErrorCode::kUnavailable, "disk"});
  EXPECT_EQ(Send("PATCH", kSecond).status, 500);
  EXPECT_EQ(Send("POST", kSecond, {{"if-match", "0"}}).status, 500);
  EXPECT_EQ(Send("POST", kSecond, {{"if-match", "123"}}).status, 500);
  store_.plan().ClearFaults();
  EXPECT_NE(Send("GET", "").body.find("\"a\""), std::string::npos);
}

}  // namespace
}  // namespace vivace
