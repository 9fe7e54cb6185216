// Hashes, the access file, authorization, and the audit log.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "access/guard.h"
#include "base/base64.h"
#include "base/posix_file_system.h"

namespace vivace {
namespace {

namespace fs = std::filesystem;

TEST(CredentialHash, MatchesWhatItWasMadeOf) {
  const auto password = CredentialHash::Parse(HashPassword("s3cret")).value();
  EXPECT_TRUE(password.is_slow());
  EXPECT_TRUE(password.Matches("s3cret"));
  EXPECT_FALSE(password.Matches("s3cre"));
  const auto token = CredentialHash::Parse(HashToken("0123456789abcdef")).value();
  EXPECT_TRUE(token.Matches("0123456789abcdef"));
  EXPECT_FALSE(token.Matches(""));
  EXPECT_NE(HashToken("a"), HashToken("a")) << "salted";
}

// The test vector of RFC 7914, section 11: PBKDF2-HMAC-SHA-256 of "passwd", "salt", one iteration,
// first 32 bytes.
TEST(CredentialHash, IsTheStandardOne) {
  const std::string raw =
      "\x55\xac\x04\x6e\x56\xe3\x08\x9f\xec\x16\x91\xc2\x25\x44\xb6\x05\xf9\x41\x85\x21\x6d\xde\x04"
      "\x65\xe6\x8b\x9d\x57\xc2\x0d\xac\xbc";
  EXPECT_TRUE(
      CredentialHash::Parse(fmt::format("pbkdf2-sha256$1${}${}", ToBase64("salt"), ToBase64(raw)))
          .value()
          .Matches("passwd"));
}

TEST(CredentialHash, RefusesOtherForms) {
  for (const char* text : {"", "s3cret", "sha256$$", "sha256$c2FsdA==$c2hvcnQ=",
                           "pbkdf2-sha256$0$c2FsdA==$x", "md5$c2FsdA==$c2FsdA=="}) {
    EXPECT_FALSE(CredentialHash::Parse(text).has_value()) << text;
  }
}

TEST(Identities, ErrorsHaveALine) {
  const auto error =
      Identities::Parse(
          "identities:\n  - name: a\n    rights: [fly]\n    nonsense: 1\n    tenants: [x]\n"
          "  - name: a\n    tokens: [abc]\n    tenants: [x]\n    rights: [read]\n",
          "f")
          .error();
  EXPECT_EQ(error.message,
            "failed to parse access file f: yaml: unmarshal errors:\n  line 3: right \"fly\" is "
            "none of read, write, admin\n  line 4: field "
            "nonsense not found in type access.Identity\n  line 2: identity \"a\" has neither a "
            "password nor tokens\n  line 7: not a hash: must "
            "be pbkdf2-sha256$ITERATIONS$SALT$HASH or sha256$SALT$HASH\n  line 6: identity \"a\" "
            "is defined twice\n  line 6: identity \"a\" "
            "has neither a password nor tokens");
}

TEST(Identities, WhoCanDoLessOrMoreThanItSeemsIsDoubted) {
  const std::string token = HashToken("t");
  const auto doubts = [&](const std::string& reach) {
    const auto identities =
        Identities::Parse("identities: [{name: a, tokens: ['" + token + "'], " + reach + "}]", "f");
    ::testing::internal::CaptureStderr();
    identities.value().LogDoubts();
    return ::testing::internal::GetCapturedStderr();
  };
  for (const char* reach :
       {"rights: [read], tenants: [a, '*']", "rights: [admin]", "rights: [admin], tenants: ['*']"})
    EXPECT_EQ(doubts(reach), "") << reach;
  EXPECT_TRUE(doubts("tenants: [a]").contains("can do nothing: it has no rights"));
  EXPECT_TRUE(doubts("tenants: [a], rights: []").contains("can do nothing"));
  EXPECT_TRUE(doubts("rights: [read]").contains("it has no tenants"));
  EXPECT_TRUE(doubts("rights: [read], tenants: ['team-*']").contains("star stands for itself"));
  EXPECT_TRUE(doubts("rights: [admin, read], tenants: [a]").contains("is not limited"));
}

TEST(Identities, NobodyIsAMistake) {
  for (const char* text : {"", "identities:\n", "identities: []\n"}) {
    EXPECT_TRUE(Identities::Parse(text, "f").error().message.contains("there are no identities"))
        << text;
  }
}

TEST(Identities, SuggestsTheNearestWord) {
  const std::string message =
      Identities::Parse(
          "identitys:\nidentities:\n  - {name: a, token: [x], tenant: [b], rights: "
          "[raed]}\n  - {name: b, rights: read}\n",
          "f")
          .error()
          .message;
  for (const char* hint :
       {"line 1: field identitys not found in type access.File (did you mean \"identities\"?)",
        "field token not found in type access.Identity (did you mean \"tokens\"?)",
        "field tenant not found in type access.Identity (did you mean \"tenants\"?)",
        "right \"raed\" is none of read, write, admin (did you mean \"read\"?)",
        "rights of an identity is a list"})
    EXPECT_TRUE(message.contains(hint)) << message;
}

class GuardTest : public ::testing::Test {
 protected:
  GuardTest()
      : directory_(fs::path(::testing::TempDir()) / fmt::format("vivace-access-{}", getpid())) {
    fs::create_directories(directory_);
    Write(fmt::format(
        "identities:\n"
        "  - {{name: reader, password: '{}', tokens: ['{}'], tenants: [a, b], rights: [read]}}\n"
        "  - {{name: writer, tokens: ['{}'], tenants: [a], rights: [write]}}\n"
        "  - {{name: watcher, tokens: ['{}'], tenants: ['*'], rights: [read]}}\n"
        "  - {{name: admin, tokens: ['{}'], rights: [admin]}}\n",
        HashPassword("pass:word"), HashToken("read-token"), HashToken("write-token"),
        HashToken("watch-token"), HashToken("admin-token")));
    authenticator_ = Authenticator::Start(Path("access.yaml")).value();
    audit_ = AuditLog::Open(files_, {.path = Path("audit.log")}).value();
    guard_.emplace(GuardOptions{authenticator_.get(), audit_.get(), true});
  }
  ~GuardTest() override { fs::remove_all(directory_); }

  std::string Path(const std::string& name) const { return (directory_ / name).string(); }
  void Write(std::string_view text) const { std::ofstream(Path("access.yaml")) << text; }
  std::string Audit() const {
    std::ostringstream text;
    text << std::ifstream(Path("audit.log")).rdbuf();
    return text.str();
  }

  // The status of a request to the API.
  int Ask(const std::string& path, const std::string& authorization,
          const std::string& tenant = "a", const std::string& method = "GET",
          const std::string& peer = "10.0.0.1:99") {
    const HttpService service = guard_->Protect(
        [](const HttpRequest&, const HttpResponder& respond) {
          respond({.status = 200, .body = "12345"});
        },
        RequirementOf(method, path));
    HttpRequest request{.method = method, .path = path, .query = "q=1", .peer = peer};
    if (!authorization.empty()) request.headers.emplace_back("authorization", authorization);
    if (!tenant.empty()) request.headers.emplace_back("x-scope-orgid", tenant);
    if (!forwarded_for_.empty()) request.headers.emplace_back("x-forwarded-for", forwarded_for_);
    std::promise<std::optional<HttpResponse>> verdict;
    service.judge(request, [&](std::optional<HttpResponse> refusal) {
      verdict.set_value(std::move(refusal));
    });
    if (const auto refusal = verdict.get_future().get()) return refusal->status;
    int status = 0;
    service.handle(std::move(request),
                   [&](const HttpResponse& response) { status = response.status; });
    return status;
  }
  static AccessRequirement RequirementOf(std::string_view method, std::string_view path) {
    if (path == "/ready") return kOpenToAll;
    if (path == "/metrics") return kReadAll;
    if (path == "/flush") return kAdministerAll;
    return method == "POST" ? kAdministerTenants : kReadTenants;
  }

  const fs::path directory_;
  std::string forwarded_for_;
  PosixFileSystem files_;
  std::unique_ptr<AuditLog> audit_;
  std::optional<Guard> guard_;
  std::unique_ptr<Authenticator> authenticator_;
};

TEST_F(GuardTest, LetsInWhoMay) {
  const std::string basic = "Basic " + ToBase64("reader:pass:word");
  EXPECT_EQ(Ask("/ready", ""), 200);
  EXPECT_EQ(Ask("/api/search", ""), 401);
  EXPECT_EQ(Ask("/api/search", basic), 200);
  EXPECT_EQ(Ask("/api/search", "bearer read-token"), 200);
  EXPECT_EQ(Ask("/api/search", "Bearer read-token", "a|b"), 200);
  EXPECT_EQ(Ask("/api/search", "Bearer read-token", "a|c"), 403);
  EXPECT_EQ(Ask("/api/search", "Bearer write-token"), 403);
  EXPECT_EQ(Ask("/api/search", "Bearer watch-token", "anybody"), 200);
  EXPECT_EQ(Ask("/metrics", "Bearer read-token"), 403);
  EXPECT_EQ(Ask("/metrics", "Bearer watch-token"), 200);
  EXPECT_EQ(Ask("/flush", "Bearer watch-token"), 403);
  EXPECT_EQ(Ask("/flush", "Bearer admin-token"), 200);
  EXPECT_EQ(Ask("/api/search", "Bearer admin-token", "x"), 200);
  EXPECT_EQ(Ask("/api/overrides", "Bearer read-token"), 200);
  EXPECT_EQ(Ask("/api/overrides", "Bearer read-token", "a", "POST"), 403);
  for (const char* wrong : {"Bearer ", "Bearer x", "Basic", "Basic !", "Digest abc", "read-token"})
    EXPECT_EQ(Ask("/api/search", wrong), 401) << wrong;
  EXPECT_EQ(Ask("/api/search", "Basic " + ToBase64("reader:")), 401);
  EXPECT_EQ(Ask("/api/search", "Basic " + ToBase64("nobody:pass:word")), 401);
}

TEST_F(GuardTest, StopsListeningToWhoIsWrongTooOften) {
  for (int i = 0; i < Authenticator::kFailuresMax; ++i)
    EXPECT_EQ(Ask("/api/search", fmt::format("Bearer {}", i)), 401);
  EXPECT_EQ(Ask("/api/search", "Bearer read-token"), 429) << "not remembered yet";
  EXPECT_EQ(Ask("/api/search", "Bearer read-token", "a", "GET", "10.0.0.2:99"), 200)
      << "from elsewhere";
  EXPECT_EQ(Ask("/api/search", "Bearer read-token"), 200) << "remembered now";
}

TEST_F(GuardTest, FollowsTheFile) {
  EXPECT_EQ(Ask("/api/search", "Bearer read-token"), 200);
  Write("identities: [");
  EXPECT_FALSE(authenticator_->Reload());
  EXPECT_EQ(Ask("/api/search", "Bearer read-token"), 200);
  Write(fmt::format(
      "identities:\n  - {{name: other, tokens: ['{}'], tenants: [a], rights: [read]}}\n",
      HashToken("other-token")));
  EXPECT_TRUE(authenticator_->Reload());
  EXPECT_EQ(Ask("/api/search", "Bearer read-token"), 401);
  EXPECT_EQ(Ask("/api/search", "Bearer other-token"), 200);
}

TEST_F(GuardTest, WritesDownWhoReadAndWhoAdministrated) {
  Ask("/api/search", "Bearer read-token");
  Ask("/api/search", "Bearer write-token");
  Ask("/metrics", "Bearer watch-token");
  Ask("/flush", "Bearer admin-token", "");
  const std::string audit = Audit();
  EXPECT_EQ(std::ranges::count(audit, '\n'), 3);
  EXPECT_TRUE(audit.contains(
      R"("who":"reader","tenant":"a","method":"GET","route":"/api/search","query":"q=1","status":200,"bytes":5,)"));
  EXPECT_TRUE(audit.contains(
      R"("who":"writer","tenant":"a","method":"GET","route":"/api/search","query":"q=1","status":403)"));
  EXPECT_TRUE(audit.contains(R"("who":"admin","tenant":"","method":"GET","route":"/flush")"));
}

// What is written down of a refused request: who it was, or claimed to be.
TEST_F(GuardTest, WritesDownWhoWasRefused) {
  EXPECT_EQ(Ask("/api/search", "Basic " + ToBase64("reader:wrong")), 401);
  EXPECT_EQ(Ask("/api/search", "Basic " + ToBase64("nobody:wrong")), 401);
  EXPECT_EQ(Ask("/api/search", "Basic " + ToBase64("reader:pass:word"), "c"), 403);
  EXPECT_EQ(Ask("/flush", "Bearer read-token"), 403);
  EXPECT_EQ(Ask("/flush", "Bearer wrong"), 401);
  std::vector<std::string> who;
  std::istringstream lines(Audit());
  for (std::string line; std::getline(lines, line);)
    who.push_back(
        line.substr(line.find("\"who\""), line.find(",\"tenant\"") - line.find("\"who\"")));
  EXPECT_EQ(who,
            (std::vector<std::string>{R"("who":"reader")", R"("who":"nobody")", R"("who":"reader")",
                                      R"("who":"reader")", R"("who":"")"}));
}

// Records what is written to it.
class NoStream final : public RpcStream {
 public:
  bool Write(std::string) override { return true; }
  bool writable() const override { return true; }
  void OnWritable(std::function<void()> callback) override { callback(); }
  void Finish(RpcResponse) override {}
  bool cancelled() const override { return false; }
};

TEST_F(GuardTest, WritesDownWhatAStreamAsksFor) {
  const StreamHandler handler = guard_->Audited(
      [](const RpcRequest&, const std::shared_ptr<RpcStream>& stream) { stream->Finish({}); },
      kReadTenants, [](const RpcRequest& request) { return "q=" + request.message; });
  const RpcJudge judge = guard_->JudgeOf(kReadTenants);
  RpcRequest request{.method = "/tempopb.StreamingQuerier/Search",
                     .metadata = {{"authorization", "Bearer read-token"}, {"x-scope-orgid", "a"}},
                     .peer = "10.0.0.1:99"};
  judge(request, [](const std::optional<Error>& refusal) { EXPECT_FALSE(refusal); });
  request.message = "{}";
  handler(std::move(request), std::make_shared<NoStream>());
  RpcRequest refused{.method = "/tempopb.StreamingQuerier/Search",
                     .metadata = {{"authorization", "Bearer write-token"}, {"x-scope-orgid", "a"}},
                     .peer = "10.0.0.1:99"};
  judge(refused, [](const std::optional<Error>& refusal) { EXPECT_TRUE(refusal); });
  const std::string audit = Audit();
  EXPECT_TRUE(audit.contains(
      R"("who":"reader","tenant":"a","method":"RPC","route":"/tempopb.StreamingQuerier/Search","query":"q={}","status":0)"))
      << audit;
  EXPECT_TRUE(audit.contains(R"("who":"writer","tenant":"a","method":"RPC")")) << audit;
}

class ProxyTest : public GuardTest {
 protected:
  ProxyTest() {
    const auto proxies = TrustedProxies::Parse({"10.0.0.0/24"}).value();
    authenticator_ =
        Authenticator::Start(Path("access.yaml"), std::chrono::seconds(5), proxies).value();
    guard_.emplace(GuardOptions{.authenticator = authenticator_.get(),
                                .audit = audit_.get(),
                                .multitenancy = true,
                                .proxies = proxies});
  }

  int AskFor(const std::string& client, const std::string& authorization,
             const std::string& proxy = "10.0.0.1:99") {
    forwarded_for_ = client;
    return Ask("/api/search", authorization, "a", "GET", proxy);
  }
};

TEST_F(ProxyTest, ABadClientLocksOutNobodyElse) {
  const std::string wrong = "Basic " + ToBase64("reader:wrong");
  for (int i = 0; i < Authenticator::kFailuresMax; ++i) EXPECT_EQ(AskFor("192.0.2.1", wrong), 401);
  EXPECT_EQ(AskFor("192.0.2.1", wrong), 429);
  // The header is anybody's up to what the proxy has appended.
  EXPECT_EQ(AskFor("192.0.2.99, 192.0.2.1", wrong), 429);
  EXPECT_EQ(AskFor("192.0.2.1", "Bearer read-token"), 200) << "nobody gave this name";
  EXPECT_EQ(AskFor("192.0.2.2", "Basic " + ToBase64("reader:pass:word")), 200) << "other client";
  // Without trust the header says nothing.
  for (int i = 0; i < Authenticator::kFailuresMax; ++i)
    EXPECT_EQ(AskFor(fmt::format("198.51.100.{}", i), wrong, "203.0.113.7:1"), 401);
  EXPECT_EQ(AskFor("198.51.100.77", wrong, "203.0.113.7:1"), 429);
  EXPECT_TRUE(Audit().contains(R"("peer":"10.0.0.1:99","client":"192.0.2.2"})")) << Audit();
}

TEST_F(ProxyTest, AClientCannotTryAllNames) {
  int status = 401;
  int tries = 0;
  for (; status == 401 && tries < 2 * Authenticator::kFailuresOfClientMax; ++tries)
    status = AskFor("192.0.2.1", fmt::format("Bearer {}", tries));
  EXPECT_EQ(status, 429);
  EXPECT_LE(tries, Authenticator::kFailuresOfClientMax + 1);
}

TEST(TrustedProxies, NamesTheClient) {
  const auto proxies = TrustedProxies::Parse({"10.0.0.0/9", "192.0.2.7", "fd00::/8"}).value();
  EXPECT_TRUE(proxies.Contains("10.127.255.255") && proxies.Contains("[fd12::1]"));
  EXPECT_FALSE(proxies.Contains("10.128.0.0") || proxies.Contains("192.0.2.8") ||
               proxies.Contains("nonsense"));
  const auto client = [&](const std::string& peer, const std::string& header) {
    return proxies.ClientOf({{"x-forwarded-for", header}}, peer);
  };
  EXPECT_EQ(client("198.51.100.1:5", "1.2.3.4"), "198.51.100.1");
  EXPECT_EQ(client("10.0.0.1:5", "1.2.3.4"), "1.2.3.4");
  EXPECT_EQ(client("10.0.0.1:5", "6.6.6.6, 1.2.3.4:777, 192.0.2.7"), "1.2.3.4");
  EXPECT_EQ(client("[fd00::1]:5", "[2001:db8::1]:9"), "2001:db8::1");
  EXPECT_EQ(client("10.0.0.1:5", "unknown"), "10.0.0.1");
  EXPECT_EQ(client("10.0.0.1:5", "::ffff:1.2.3.4"), "1.2.3.4");
  EXPECT_EQ(client("10.0.0.1:5", "6.6.6.6, 1.2.3.4, ::ffff:10.0.0.2"), "1.2.3.4");
  EXPECT_EQ(client("10.0.0.1:5", "2001:DB8:0::1"), "2001:db8::1");
  EXPECT_EQ(client("10.0.0.1:5", ""), "10.0.0.1");
  EXPECT_EQ(proxies.ClientOf({{"x-forwarded-for", "6.6.6.6"}, {"x-forwarded-for", "1.2.3.4"}},
                             "10.0.0.1:5"),
            "1.2.3.4");
}

TEST(TrustedProxies, RefusesWhatIsNoNetwork) {
  for (const char* text :
       {"", "proxy", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "::/129", "1.2.3.4/-1"})
    EXPECT_FALSE(TrustedProxies::Parse({text})) << text;
}

TEST_F(GuardTest, RotatesTheAuditLog) {
  const auto log =
      AuditLog::Open(files_, {.path = Path("small.log"), .bytes_max = 1000, .files_max = 2})
          .value();
  for (int i = 0; i < 40; ++i)
    log->Write({.who = fmt::format("w{}", i), .query = std::string(100, 'x')});
  EXPECT_TRUE(fs::exists(Path("small.log.1")) && fs::exists(Path("small.log.2")));
  EXPECT_FALSE(fs::exists(Path("small.log.3")));
  EXPECT_LE(fs::file_size(Path("small.log.1")), 1000u);
}

TEST(Guard, ReadsTheTenantFromTheHeaderOfTheConfiguration) {
  const Guard guard({.multitenancy = true, .tenant_header = "x-team"});
  HttpRequest head{.headers = {{"x-scope-orgid", "forged"}, {"x-team", "a"}}};
  bool is_let_in = false;
  guard.Judge(head, kOpenToAll,
              [&](const std::optional<HttpResponse>& refusal) { is_let_in = !refusal; });
  EXPECT_TRUE(is_let_in);
  EXPECT_EQ(FindHeader(head.headers, kTenantHeader), "a");
}

}  // namespace
}  // namespace vivace
