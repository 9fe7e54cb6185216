// HTTP/1.1 and HTTP/2 sessions on several connections of one server with small budgets: whatever
// clients send, and however little they read, what is held stays below its ceiling, and nothing is
// held when they are gone.
//
// An input is a script of operations, a byte each and what it needs: bytes to a connection, its
// end, some of its output read, a verdict, an answer, time that passes.
#include <malloc.h>

#include <array>
#include <boost/asio/post.hpp>
#include <deque>
#include <optional>

#include "fuzz_target.h"
#include "server/http1/http1_session.h"
#include "server/http2/http2_session.h"

// Present with sanitizers, which replace malloc.
extern "C" __attribute__((weak)) size_t __sanitizer_get_current_allocated_bytes();

namespace vivace::fuzz {
namespace {

constexpr size_t kConnections = 4;  // half of them HTTP/1.1
constexpr size_t kRequestBytesMax = 1 << 20;
constexpr size_t kAnswerBytesMax = 1 << 20;
// The budgets, once more for buffers that grow by doubling, and for each connection what no budget
// counts: windows of output, nghttp2's tables and queues, 200 streams.
constexpr size_t kMemoryMax = 2 * (kRequestBytesMax + kAnswerBytesMax) + kConnections * (1 << 20);

size_t MemoryInUse() {
  if (__sanitizer_get_current_allocated_bytes != nullptr)
    return __sanitizer_get_current_allocated_bytes();
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

enum Operation : uint8_t { kSend, kSendMuch, kEnd, kRead, kVerdict, kAnswer, kWait, kDrain };

// Takes an input apart.
class Script {
 public:
  explicit Script(std::string_view text) : text_(text) {}
  bool empty() const { return text_.empty(); }
  uint8_t Byte() {
    if (text_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(text_.front());
    text_.remove_prefix(1);
    return byte;
  }
  // A length in two bytes, then so many bytes, or what is left.
  std::string_view Text() {
    const size_t low = Byte();
    const std::string_view text = text_.substr(0, low | size_t{Byte()} << 8);
    text_.remove_prefix(text.size());
    return text;
  }

 private:
  std::string_view text_;
};

// What waits for the script: verdicts and answers.
struct Pending {
  std::deque<HttpVerdict> verdicts;
  std::deque<RpcVerdict> rpc_verdicts;
  std::deque<HttpResponder> responders;
  std::deque<std::shared_ptr<RpcStream>> streams;
};

class Client : public SessionHost {
 public:
  Client(const std::shared_ptr<const PortContext>& context, const MemoryShares& shares, bool http2)
      : strand_(boost::asio::make_strand(*context->io)),
        memory_(std::make_shared<ConnectionMemory>(
            ConnectionMemoryLimits{
                .request_bytes_max = context->options.connection_body_bytes_max,
                .head_bytes_max = context->options.connection_head_bytes_max,
                .answer_bytes_max = context->options.connection_answer_bytes_max},
            shares, context->io, strand_)),
        session_(http2 ? NewHttp2Session(context, *this) : NewHttp1Session(context, *this)) {}

  const Strand& strand() const override { return strand_; }
  const std::string& peer() const override { return peer_; }
  const std::shared_ptr<ConnectionMemory>& memory() const override { return memory_; }
  size_t unsent_bytes() const override { return output_.bytes(); }
  void Flush() override {
    if (!is_busy_ && session_ && output_.empty()) session_->FillOutput(output_);
  }
  void ArmDeadline(Clock::time_point) override {}

  void Send(std::string_view bytes) {
    // As much at a time as the session wants, as from a socket.
    while (!bytes.empty() && session_ && !ended_) {
      const std::string_view part = bytes.substr(0, session_->input_max());
      if (part.empty()) return;
      is_busy_ = true;
      session_->OnBytes(part);
      is_busy_ = false;
      bytes.remove_prefix(part.size());
      Flush();
    }
  }
  void End() {
    if (!session_ || std::exchange(ended_, true)) return;
    session_->OnEndOfInput();
    Flush();
  }
  void Read(size_t bytes) {
    while (bytes > 0 && !output_.empty()) {
      const size_t part = std::min(bytes, output_.Front().size());
      output_.Consume(part);
      bytes -= part;
      Flush();
    }
  }
  void Wait(std::chrono::seconds time) {
    if (session_) session_->OnDeadline(Clock::now() + time);
    Flush();
  }
  void Drain() {
    if (session_) session_->Drain();
    Flush();
  }
  void Close() {
    if (session_) session_->OnClosed();
    session_.reset();
    output_ = {};
  }
  bool done() const { return !session_ || session_->done(); }

 private:
  const Strand strand_;
  const std::string peer_ = "127.0.0.1:1";
  const std::shared_ptr<ConnectionMemory> memory_;
  std::shared_ptr<Session> session_;
  OutputQueue output_;
  bool is_busy_ = false;
  bool ended_ = false;
};

void Answer(const HttpRequest& request, const HttpResponder& respond) {
  const size_t kilobytes = static_cast<size_t>(std::atoi(request.path.c_str() + 1));
  respond({.body = std::string(std::min<size_t>(kilobytes, 4096) << 10, 'x')});
}

void WriteWhilePossible(const std::shared_ptr<RpcStream>& stream) {
  while (stream->writable()) {
    if (!stream->Write(std::string(10'000, 's'))) return;
  }
  stream->OnWritable([stream] { WriteWhilePossible(stream); });
}

class TestServer {
 public:
  TestServer() : io_(std::make_shared<boost::asio::io_context>()) {
    AddMethods();
    auto context = std::make_shared<PortContext>();
    context->options.header_bytes_max = 8 << 10;
    context->options.body_bytes_max = 128 << 10;
    context->options.connection_body_bytes_max = 512 << 10;
    context->options.connection_head_bytes_max = 64 << 10;
    context->options.connection_answer_bytes_max = 256 << 10;
    context->http = {
        .judge = [this](HttpRequest& head,
                        HttpVerdict verdict) { Judge(head, std::move(verdict)); },
        .handle = [this](const HttpRequest& request,
                         HttpResponder respond) { Handle(request, std::move(respond)); }};
    context->grpc = &methods_;
    context->io = io_;
    const MemoryShares peer = PeerMemory(shares_, 10).For("127.0.0.1");
    for (size_t i = 0; i < kConnections; ++i)
      clients_.push_back(std::make_unique<Client>(context, peer, i >= kConnections / 2));
  }
  ~TestServer() {
    for (const auto& client : clients_) On(*client, [&] { client->Close(); });
    pending_ = {};
    Run();
    clients_.clear();
    Run();
    Require(shares_.requests->used() == 0, "nothing of requests is held at the end");
    Require(shares_.answers->used() == 0, "nothing of answers is held at the end");
  }

  void RunScript(std::string_view text) {
    const size_t before = MemoryInUse();
    Script script(text);
    while (!script.empty()) {
      const uint8_t code = script.Byte();
      Client& client = *clients_[code % kConnections];
      On(client, [&] { Step(static_cast<Operation>(code / kConnections % 8), client, script); });
      Require(shares_.requests->used() <= kRequestBytesMax, "requests are within their budget");
      Require(shares_.answers->used() <= kAnswerBytesMax, "answers are within their budget");
      const size_t now = MemoryInUse();
      Require(now < before + kMemoryMax, "memory stays below its ceiling");
    }
  }

 private:
  void AddMethods() {
    methods_.AddUnary(
        "/f.S/Echo",
        [](RpcRequest request, RpcResponder respond) {
          respond({.message = std::move(request.message)});
        },
        {.received_bytes_max = 64 << 10},
        [this](RpcRequest& head, RpcVerdict verdict) {
          if (FindHeader(head.metadata, "a").empty()) return verdict(std::nullopt);
          pending_.rpc_verdicts.push_back(std::move(verdict));
        });
    methods_.AddStream("/f.S/Flood", [](RpcRequest, const std::shared_ptr<RpcStream>& stream) {
      WriteWhilePossible(stream);
    });
    methods_.AddStream("/f.S/Hold", [this](RpcRequest, std::shared_ptr<RpcStream> stream) {
      pending_.streams.push_back(std::move(stream));
    });
  }
  void Judge(const HttpRequest& head, HttpVerdict verdict) {
    if (head.path.starts_with("/later")) {
      pending_.verdicts.push_back(std::move(verdict));
    } else if (head.path.starts_with("/no")) {
      verdict(HttpErrorResponse(401, "no"));
    } else {
      verdict(std::nullopt);
    }
  }
  void Handle(const HttpRequest& request, HttpResponder respond) {
    if (request.path.starts_with("/hold") || request.path.starts_with("/later"))
      pending_.responders.push_back(std::move(respond));
    else
      Answer(request, respond);
  }

  void Step(Operation operation, Client& client, Script& script) {
    switch (operation) {
      case kSend:
        return client.Send(script.Text());
      case kSendMuch: {  // the same again and again
        const size_t times = script.Byte();
        const std::string_view text = script.Text();
        for (size_t i = 0; i < times; ++i) client.Send(text);
        return;
      }
      case kEnd:
        return client.End();
      case kRead:
        return client.Read(size_t{script.Byte()} << 10);
      case kVerdict:
        return GiveVerdict(script.Byte() % 2 == 0);
      case kAnswer:
        return GiveAnswer(size_t{script.Byte()} << 12);
      case kWait:
        return client.Wait(std::chrono::seconds(script.Byte()));
      case kDrain:
        return client.Drain();
    }
  }
  template <typename Queue>
  static auto TakeFront(Queue& queue) {
    auto front = std::move(queue.front());
    queue.pop_front();
    return front;
  }
  void GiveVerdict(bool is_good) {
    if (!pending_.verdicts.empty()) {
      TakeFront(pending_.verdicts)(is_good ? std::nullopt
                                           : std::optional(HttpErrorResponse(403, "no")));
    } else if (!pending_.rpc_verdicts.empty()) {
      TakeFront(pending_.rpc_verdicts)(
          is_good ? std::nullopt : std::optional(Error{ErrorCode::kPermissionDenied, "no"}));
    }
  }
  void GiveAnswer(size_t bytes) {
    if (!pending_.responders.empty()) {
      TakeFront(pending_.responders)({.body = std::string(bytes, 'a')});
    } else if (!pending_.streams.empty()) {
      const auto stream = TakeFront(pending_.streams);
      stream->Write(std::string(bytes, 'm'));
      if (bytes % 3 == 0)
        stream->Finish({});
      else
        pending_.streams.push_back(stream);
    }
  }

  // On the strand of the client, and all that follows from it.
  template <typename Work>
  void On(Client& client, Work work) {
    boost::asio::post(client.strand(), std::move(work));
    Run();
  }
  void Run() {
    io_->restart();
    io_->poll();
  }

  const std::shared_ptr<boost::asio::io_context> io_;
  const MemoryShares shares_{std::make_shared<MemoryShare>(kRequestBytesMax),
                             std::make_shared<MemoryShare>(kAnswerBytesMax),
                             std::make_shared<MemoryShare>(10)};
  GrpcService methods_;
  Pending pending_;
  std::vector<std::unique_ptr<Client>> clients_;
};

// --- seeds ---

char Code(Operation operation, size_t client) {
  return static_cast<char>(operation * kConnections + client);
}
std::string Text(std::string_view text) {
  return {static_cast<char>(text.size()), static_cast<char>(text.size() >> 8)};
}
std::string Send(size_t client, const std::string& text) {
  return Code(kSend, client) + Text(text) + text;
}
std::string SendMuch(size_t client, uint8_t times, const std::string& text) {
  return Code(kSendMuch, client) + std::string(1, static_cast<char>(times)) + Text(text) + text;
}
std::string With(Operation operation, size_t client, uint8_t value) {
  return {Code(operation, client), static_cast<char>(value)};
}

std::string Frame(char type, char flags, uint8_t stream, const std::string& payload) {
  return std::string{0,
                     static_cast<char>(payload.size() >> 8),
                     static_cast<char>(payload.size()),
                     type,
                     flags,
                     0,
                     0,
                     0,
                     static_cast<char>(stream)} +
         payload;
}
// POST to `path` (short), as a gRPC call where asked for.
std::string Head(const std::string& path, bool is_rpc = false) {
  std::string head = "\x83\x86\x41\x01t\x04";
  head += static_cast<char>(path.size());
  head += path;
  if (is_rpc)
    head +=
        "\x0f\x10\x10"
        "application/grpc";
  return head;
}
std::string Preface() {
  return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Frame(4, 0, 0, "") + Frame(4, 1, 0, "");
}

std::vector<std::string> Http1Seeds() {
  const std::string host = " HTTP/1.1\r\nHost: t\r\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n\r\n";
  return {
      Send(0, "GET /1" + host + "\r\n") + With(kRead, 0, 255),
      SendMuch(0, 200, "GET /100" + host + "\r\n") + With(kRead, 0, 255) + With(kRead, 0, 255),
      Send(0, "POST /later" + host + "Content-Length: 100000\r\n\r\nabc") +
          SendMuch(0, 255, std::string(500, 'b')) + With(kVerdict, 0, 0) +
          SendMuch(0, 255, std::string(500, 'b')) + With(kAnswer, 0, 9),
      Send(1, "POST /no" + host + "Content-Length: 9\r\nExpect: 100-continue\r\n\r\n"),
      Send(1, "POST /hold" + host + chunked + "3;x=y\r\nabc\r\n0\r\nTrailer: t\r\n\r\n") +
          With(kWait, 1, 20) + With(kAnswer, 1, 200) + With(kRead, 1, 255),
      Send(1, "POST /" + host + chunked + "3;") + SendMuch(1, 255, std::string(1000, 'e')),
      Send(0, "GET /") + SendMuch(0, 100, "x: " + std::string(300, 'v') + "\r\n"),
      Send(0, "GET /hold" + host + "\r\n") + Code(kDrain, 0) + Code(kEnd, 0) + With(kAnswer, 0, 1),
      SendMuch(0, 3, "POST /1" + host + "Content-Length: 300\r\n\r\n" + std::string(300, 'b')) +
          With(kWait, 0, 200),
  };
}

std::vector<std::string> Http2Seeds() {
  const std::string large = "\x40\x01x\x7f\x81\x0f" + std::string(2048, 'v');
  const std::string prefix = {0, 0, 0, 0, 3};
  std::string many = Preface() + Frame(1, 4, 1, Head("/1") + large);
  std::string unread = Preface();
  std::string calls = Preface();
  for (uint8_t stream = 3; stream < 120; stream += 2) {
    many += Frame(1, 4, stream, Head("/1") + std::string(3, '\xbe'));
    unread += Frame(1, 5, stream, Head("/64"));
    calls += Frame(1, 4, stream, Head(stream % 4 == 1 ? "/f.S/Flood" : "/f.S/Hold", true)) +
             Frame(0, 1, stream, prefix + "abc");
  }
  return {
      Send(2, Preface() + Frame(1, 5, 1, Head("/1"))) + With(kRead, 2, 255),
      Send(2, many) + With(kWait, 2, 11) + With(kRead, 2, 255),
      Send(2, unread) + With(kRead, 2, 20) + With(kWait, 2, 40),
      Send(3, calls) + With(kAnswer, 3, 99) + With(kAnswer, 3, 30) + With(kRead, 3, 255) +
          Send(3, Frame(8, 0, 0, {0, 16, 0, 0})) + With(kRead, 3, 255),
      Send(3, Preface() + Frame(1, 4, 1, Head("/later"))) +
          SendMuch(3, 255, Frame(0, 0, 1, std::string(900, 'd'))) + With(kVerdict, 3, 0) +
          Send(3, Frame(0, 1, 1, "end")) + With(kAnswer, 3, 100) + With(kRead, 3, 255),
      Send(2, Preface() +
                  Frame(1, 4, 1, Head("/f.S/Echo", true) + std::string("\x40\x01\x61\x01\x62"))) +
          Send(2, Frame(0, 1, 1, prefix + "abc")) + With(kVerdict, 2, 1) + With(kRead, 2, 9),
      Send(2, Preface() + Frame(1, 0, 1, Head("/1"))) + SendMuch(2, 100, Frame(9, 0, 1, "\xbe")),
      Send(2, Preface() + Frame(1, 4, 1, Head("/hold"))) +
          SendMuch(2, 255, Frame(2, 0, 1, std::string(5, '\0')) + Frame(6, 0, 0, "12345678")),
      Send(2, Preface() + Frame(4, 0, 0, {0, 4, 0, 0, 0, 0}) + Frame(1, 5, 1, Head("/200"))) +
          SendMuch(2, 50, Frame(8, 0, 1, {0, 0, 0, 1})) + With(kWait, 2, 60),
      Send(2, Preface() + Frame(1, 4, 1, Head("/hold"))) + Send(2, Frame(3, 0, 1, {0, 0, 0, 8})) +
          With(kAnswer, 2, 5) + Code(kDrain, 2) + With(kWait, 2, 2) + Code(kEnd, 2),
  };
}

}  // namespace

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds = Http1Seeds();
  for (std::string& seed : Http2Seeds()) seeds.push_back(std::move(seed));
  std::string all;
  for (const std::string& seed : seeds) all += seed;
  seeds.push_back(std::move(all));
  return seeds;
}

}  // namespace vivace::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  vivace::fuzz::TestServer server;
  server.RunScript(vivace::fuzz::AsText(data, size));
  return 0;
}
